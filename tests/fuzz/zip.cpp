// The opener's ZIP reader: what it lists lies inside, safely named and apart, and comes out with
// the length that was said. And the manifest.
#include "opener/zip.h"

#include <set>

#include "fuzz.h"
#include "opener/unpack.h"

namespace {

void check_entry(const opener::ReadAt& read, const opener::ZipEntry& entry, std::size_t size) {
  HOLDS(opener::safe_name(entry.name));
  HOLDS(entry.name[0] != '/' && ("/" + entry.name + "/").find("/../") == std::string::npos);
  HOLDS(entry.offset <= size && entry.stored <= size - entry.offset);
  HOLDS(entry.method == 8 || entry.stored == entry.size);
  std::uint64_t given = 0;
  const auto count = [&given](base::ByteView piece) -> base::Status {
    given += piece.size();
    return base::Done{};
  };
  if (opener::read_entry(read, entry, count).ok()) HOLDS(given == entry.size);
}

void zip(base::ByteView bytes) {
  const opener::ReadAt read = [bytes](std::uint64_t offset,
                                      std::span<std::uint8_t> into) -> base::Status {
    if (offset > bytes.size() || into.size() > bytes.size() - offset)
      return base::reject("fuzz", "outside");
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return base::Done{};
  };
  const auto entries = opener::read_zip(read, bytes.size());
  if (!entries.ok()) return;
  std::set<std::string> names;
  std::uint64_t together = 0;
  for (const auto& entry : entries.value()) {
    HOLDS(names.insert(entry.name).second);
    together += entry.stored;
    check_entry(read, entry, bytes.size());
  }
  HOLDS(together <= bytes.size());
}

void manifest(base::ByteView bytes) {
  const auto read = opener::parse_manifest(base::as_text(bytes));
  if (!read.ok()) return;
  std::string written;
  for (const auto& [name, digest] : read.value())
    written += base::to_hex(digest) + "  " + name + "\n";
  const auto again = opener::parse_manifest(written);
  HOLDS(again.ok() && again.value() == read.value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const base::ByteView rest(bytes + 1, size - 1);
  bytes[0] % 4 == 3 ? manifest(rest) : zip(rest);
  return 0;
}
