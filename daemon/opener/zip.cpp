#include "opener/zip.h"

#include <libdeflate.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "base/handle.h"
#include "base/secret_bytes.h"

namespace opener {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50,
                        kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::size_t kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20, kCentralSize = 46,
                      kLocalSize = 30;
constexpr std::uint64_t kMaxEntries = 2'000'000, kMaxDirectory = 256U << 20;
constexpr std::uint64_t kMaxInflated = 64U << 20, kMaxRatio = 1032;
constexpr std::uint32_t kIn64 = 0xffffffff;
constexpr std::uint16_t kEncrypted = 0x2041;  // any of the three encryption flags

base::Fault bad_zip(const char* what) { return base::reject("opener.zip", what); }

std::uint64_t little(base::ByteView bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}
std::uint16_t u16(base::ByteView b, std::size_t at) {
  return static_cast<std::uint16_t>(little(b, at, 2));
}
std::uint32_t u32(base::ByteView b, std::size_t at) {
  return static_cast<std::uint32_t>(little(b, at, 4));
}
std::uint64_t u64(base::ByteView b, std::size_t at) { return little(b, at, 8); }

struct Directory {
  std::uint64_t entries, size, offset;
};

base::Result<base::Bytes> read_bytes(const ReadAt& read, std::uint64_t offset, std::size_t size) {
  base::Bytes bytes(size);
  TRY(read(offset, bytes));
  return bytes;
}

// Where the end record begins in the file's tail: its comment must reach exactly to the end.
std::optional<std::size_t> find_end(base::ByteView tail) {
  for (std::size_t at = tail.size() - kEndSize + 1; at-- > 0;)
    if (u32(tail, at) == kEnd && at + kEndSize + u16(tail, at + 20) == tail.size()) return at;
  return std::nullopt;
}

base::Result<Directory> read_end64(const ReadAt& read, base::ByteView locator, std::uint64_t size) {
  const std::uint64_t at = u64(locator, 8);
  if (size < kEnd64Size || at > size - kEnd64Size)
    return bad_zip("the ZIP64 end record lies outside");
  const auto end = TRY(read_bytes(read, at, kEnd64Size));
  if (u32(end, 0) != kEnd64 || u32(end, 16) != 0 || u32(end, 20) != 0 ||
      u64(end, 24) != u64(end, 32))
    return bad_zip("the ZIP64 end record is wrong");
  return Directory{u64(end, 32), u64(end, 40), u64(end, 48)};
}

base::Result<Directory> find_directory(const ReadAt& read, std::uint64_t size) {
  if (size < kEndSize) return bad_zip("too short to be a ZIP");
  const auto tail_size =
      static_cast<std::size_t>(std::min<std::uint64_t>(size, kLocatorSize + kEndSize + 0xffff));
  const auto tail = TRY(read_bytes(read, size - tail_size, tail_size));
  const auto end = find_end(tail);
  if (!end) return bad_zip("no end record");
  Directory directory{u16(tail, *end + 10), u32(tail, *end + 12), u32(tail, *end + 16)};
  const bool located = *end >= kLocatorSize && u32(tail, *end - kLocatorSize) == kLocator64;
  if (located) {
    const auto locator = base::ByteView(tail).subspan(*end - kLocatorSize, kLocatorSize);
    directory = TRY(read_end64(read, locator, size));
  }
  if (directory.entries > kMaxEntries || directory.size > kMaxDirectory ||
      directory.offset > size || directory.size > size - directory.offset)
    return bad_zip("the central directory lies outside or is too large");
  return directory;
}

// Replaces what the record marks as being in its ZIP64 extra field.
bool take_zip64(base::ByteView extra, ZipEntry& entry, std::uint64_t& local) {
  while (extra.size() >= 4) {
    const std::size_t length = u16(extra, 2);
    if (length > extra.size() - 4) return false;
    if (u16(extra, 0) == 1) {
      auto values = extra.subspan(4, length);
      for (std::uint64_t* value : {&entry.size, &entry.stored, &local}) {
        if (*value != kIn64) continue;
        if (values.size() < 8) return false;
        *value = u64(values, 0);
        values = values.subspan(8);
      }
      return true;
    }
    extra = extra.subspan(4 + length);
  }
  return entry.size != kIn64 && entry.stored != kIn64 && local != kIn64;
}

const char* complaint(const ZipEntry& entry, std::uint16_t flags) {
  if (flags & kEncrypted) return "an entry is encrypted";
  if (entry.method != 0 && entry.method != 8) return "an entry with an unknown method";
  if (entry.method == 0 && entry.stored != entry.size) return "an entry's sizes differ";
  if (entry.method == 8 && (entry.size > kMaxInflated || entry.size / kMaxRatio > entry.stored))
    return "a deflated entry is too large";
  return safe_name(entry.name) ? nullptr : "an entry's name may not be unpacked";
}

// Where the entry's bytes begin: behind a local header that names the same file.
base::Result<std::uint64_t> behind_local_header(const ReadAt& read, const ZipEntry& entry,
                                                std::uint64_t local, std::uint64_t limit) {
  const std::uint64_t name_end = kLocalSize + entry.name.size();
  if (local > limit || name_end > limit - local) return bad_zip("an entry lies outside");
  const auto header = TRY(read_bytes(read, local, static_cast<std::size_t>(name_end)));
  if (u32(header, 0) != kLocal || u16(header, 8) != entry.method ||
      u16(header, 26) != entry.name.size() ||
      base::as_text(base::ByteView(header).subspan(kLocalSize)) != entry.name)
    return bad_zip("a local header differs from the central directory");
  const std::uint64_t begin = local + name_end + u16(header, 28);
  if (begin > limit || entry.stored > limit - begin) return bad_zip("an entry lies outside");
  return begin;
}

// One record of the central directory; `at` moves behind it.
base::Result<ZipEntry> parse_record(base::ByteView directory, std::size_t& at,
                                    std::uint64_t& local) {
  if (directory.size() - at < kCentralSize || u32(directory, at) != kCentral)
    return bad_zip("the central directory is cut");
  const auto record = directory.subspan(at);
  const std::size_t name = u16(record, 28), extra = u16(record, 30), comment = u16(record, 32);
  if (name + extra + comment > record.size() - kCentralSize)
    return bad_zip("the central directory is cut");
  at += kCentralSize + name + extra + comment;
  ZipEntry entry;
  entry.name = base::as_text(record.subspan(kCentralSize, name));
  entry.method = u16(record, 10);
  entry.crc32 = u32(record, 16);
  entry.stored = u32(record, 20);
  entry.size = u32(record, 24);
  local = u32(record, 42);
  if (!take_zip64(record.subspan(kCentralSize + name, extra), entry, local))
    return bad_zip("a ZIP64 field is missing");
  const bool folder = entry.name.ends_with('/') && entry.size == 0;
  if (folder) return ZipEntry{};
  if (const char* why = complaint(entry, u16(record, 8))) return bad_zip(why);
  return entry;
}

base::Status check_together(const std::vector<ZipEntry>& entries) {
  std::unordered_set<std::string_view> names;
  std::vector<const ZipEntry*> ordered;
  for (const auto& entry : entries) {
    if (!names.insert(entry.name).second) return bad_zip("two entries of one name");
    ordered.push_back(&entry);
  }
  std::ranges::sort(ordered, {}, &ZipEntry::offset);
  for (std::size_t i = 1; i < ordered.size(); ++i)
    if (ordered[i - 1]->offset + ordered[i - 1]->stored > ordered[i]->offset)
      return bad_zip("entries overlap");
  return base::Done{};
}

base::Status read_stored(const ReadAt& read, const ZipEntry& entry, const Pieces& pieces) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  auto piece = base::SecretBytes::of_size(
      static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, entry.size)));
  std::uint32_t crc = 0;
  for (std::uint64_t done = 0; done < entry.size;) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, entry.size - done));
    const auto bytes = piece.writable().first(taken);
    TRY(read(entry.offset + done, bytes));
    crc = libdeflate_crc32(crc, bytes.data(), bytes.size());
    done += taken;
    if (done == entry.size && crc != entry.crc32) return bad_zip("an entry's CRC-32 is wrong");
    TRY(pieces(bytes));
  }
  return entry.size == 0 && entry.crc32 != 0 ? base::Status(bad_zip("an entry's CRC-32 is wrong"))
                                             : base::Status(base::Done{});
}

base::Status read_deflated(const ReadAt& read, const ZipEntry& entry, const Pieces& pieces) {
  using Inflater = base::Handle<libdeflate_decompressor, libdeflate_free_decompressor>;
  if (entry.stored > kMaxInflated + (kMaxInflated >> 8))
    return bad_zip("a deflated entry is too large");
  const Inflater inflater(libdeflate_alloc_decompressor());
  if (!inflater) return base::retry_later("opener.zip", "no memory");
  auto stored = base::SecretBytes::of_size(static_cast<std::size_t>(entry.stored));
  TRY(read(entry.offset, stored.writable()));
  auto whole = base::SecretBytes::of_size(static_cast<std::size_t>(entry.size));
  std::size_t used = 0;
  std::size_t made = 0;
  const auto result =
      libdeflate_deflate_decompress_ex(inflater.get(), stored.view().data(), stored.size(),
                                       whole.writable().data(), whole.size(), &used, &made);
  if (result != LIBDEFLATE_SUCCESS || used != stored.size() || made != whole.size())
    return bad_zip("an entry does not inflate to its size");
  if (libdeflate_crc32(0, whole.view().data(), whole.size()) != entry.crc32)
    return bad_zip("an entry's CRC-32 is wrong");
  return pieces(whole.view());
}

}  // namespace

bool safe_name(const std::string& name) {
  if (name.empty() || name.size() > 255) return false;
  const auto forbidden = [](char c) {
    return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f || c == '\\' || c == ':';
  };
  if (std::ranges::any_of(name, forbidden)) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    const auto part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

base::Result<std::vector<ZipEntry>> read_zip(const ReadAt& read, std::uint64_t size) {
  const auto directory = TRY(find_directory(read, size));
  const auto bytes =
      TRY(read_bytes(read, directory.offset, static_cast<std::size_t>(directory.size)));
  std::vector<ZipEntry> entries;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    std::uint64_t local = 0;
    auto entry = TRY(parse_record(bytes, at, local));
    if (entry.name.empty()) continue;  // a folder: files make their own
    entry.offset = TRY(behind_local_header(read, entry, local, directory.offset));
    entries.push_back(std::move(entry));
  }
  if (at != bytes.size()) return bad_zip("the central directory holds more than its entries");
  TRY(check_together(entries));
  return entries;
}

base::Status read_entry(const ReadAt& read, const ZipEntry& entry, const Pieces& pieces) {
  return entry.method == 0 ? read_stored(read, entry, pieces) : read_deflated(read, entry, pieces);
}

}  // namespace opener
