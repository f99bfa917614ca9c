#include "opener/download.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace opener {
namespace {

constexpr std::uint64_t kSegment = std::uint64_t{1} << 20;
constexpr std::size_t kDigest = 32;

base::Fault not_genuine(const char* what) { return base::reject("opener.genuine", what); }

std::uint64_t segments(std::uint64_t sealed_length) {
  return (sealed_length + kSegment - 1) / kSegment;
}

// A file that has no name, so that nothing is left whatever happens.
base::Result<disk::Descriptor> nameless_file(int folder) {
  disk::Descriptor file(openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.valid()) return file;
  std::string name = ".dcmcourier-open-" + std::to_string(getpid());
  file = disk::Descriptor(
      openat(folder, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return disk::system_fault("opener.download", "temporary file", errno);
  unlinkat(folder, name.c_str(), 0);
  return file;
}

base::Result<base::Bytes> fetch_sums(Session& session, const share::GrantedBlob& blob) {
  const std::uint64_t size = segments(blob.sealed_length) * kDigest;
  if (size > share::kMaxSegments * kDigest)
    return not_genuine("longer than a sealed stream can be");
  base::Bytes sums;
  sums.reserve(static_cast<std::size_t>(size));
  const auto path = "/api/1/blobs/" + share::id_text(blob.id) + "/sums";
  const auto collect = [&](base::ByteView bytes) -> base::Status {
    base::append(sums, bytes);
    return base::Done{};
  };
  TRY(session.fetch(path, 0, size, collect));
  if (!base::equal_in_constant_time(seal::sha256(sums), blob.sums))
    return not_genuine("the portal's sums are not those of the grant");
  return sums;
}

}  // namespace

SegmentCheck::SegmentCheck(base::Bytes sums, std::uint64_t sealed_length, int file)
    : sums_(std::move(sums)), sealed_length_(sealed_length), file_(file) {}

std::size_t SegmentCheck::wanted() const {
  return static_cast<std::size_t>(std::min(kSegment, sealed_length_ - written_));
}

base::Status SegmentCheck::flush() {
  const auto number = static_cast<std::size_t>(written_ / kSegment);
  const auto sum = base::ByteView(sums_).subspan(number * kDigest, kDigest);
  if (!base::equal_in_constant_time(seal::sha256(segment_), sum))
    return not_genuine("a segment differs from what the sender sealed");
  TRY(disk::write_all_at(file_, segment_, written_));
  written_ += segment_.size();
  segment_.clear();
  return base::Done{};
}

base::Status SegmentCheck::take(base::ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t missing = wanted() - segment_.size();
    if (missing == 0) return not_genuine("more bytes than were sealed");
    const std::size_t taken = std::min(missing, bytes.size());
    base::append(segment_, bytes.first(taken));
    bytes = bytes.subspan(taken);
    if (taken == missing) TRY(flush());
  }
  return base::Done{};
}

base::Status check_content(const seal::Opener& content, const share::GrantedBlob& blob,
                           Progress& progress) {
  const std::uint64_t size = content.size();
  if (size != blob.length && size != share::padded_size(blob.length))
    return not_genuine("the padding is not of the length that it must have");
  seal::Sha256 digest;
  auto piece = base::SecretBytes::of_size(kSegment);
  for (std::uint64_t offset = 0; offset < size;) {
    const auto taken = static_cast<std::size_t>(std::min(size - offset, kSegment));
    const auto bytes = piece.writable().first(taken);
    TRY(content.read(offset, bytes));
    const std::uint64_t left = offset < blob.length ? blob.length - offset : 0;
    const auto own = static_cast<std::size_t>(std::min<std::uint64_t>(left, taken));
    digest.update(bytes.first(own));
    if (!std::ranges::all_of(bytes.subspan(own), [](auto byte) { return byte == 0; }))
      return not_genuine("the padding is not zeros");
    offset += taken;
    progress.advance(taken);
  }
  if (!base::equal_in_constant_time(digest.finish(), blob.sha256))
    return not_genuine("the content's digest is not that of the grant");
  return base::Done{};
}

base::Result<Download> Download::fetch(Session& session, const share::GrantedBlob& blob, int folder,
                                       Progress& progress) {
  auto sums = TRY(fetch_sums(session, blob));
  auto file = TRY(nameless_file(folder));
  SegmentCheck check(std::move(sums), blob.sealed_length, file.get());
  progress.begin("fetching", blob.sealed_length);
  const auto keep = [&](base::ByteView bytes) -> base::Status {
    TRY(check.take(bytes));
    progress.advance(bytes.size());
    return base::Done{};
  };
  TRY(session.fetch("/api/1/blobs/" + share::id_text(blob.id), 0, blob.sealed_length, keep));
  const int sealed = file.get();
  const auto read = [sealed](std::uint64_t offset, std::span<std::uint8_t> into) {
    return disk::read_exact_at(sealed, into, offset);
  };
  const auto sealed_for = seal::blob_ad(blob.id, static_cast<std::uint8_t>(blob.role));
  auto content = TRY(seal::Opener::open(blob.key, sealed_for, read, blob.sealed_length));
  progress.begin("verifying", content.size());
  TRY(check_content(content, blob, progress));
  progress.end();
  return Download(std::move(file), std::move(content), blob.length);
}

base::Status Download::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > length_ || into.size() > length_ - offset)
    return base::reject("opener.download", "read behind the end");
  return content_.read(offset, into);
}

}  // namespace opener
