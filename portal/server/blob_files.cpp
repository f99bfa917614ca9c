#include "portal/blob_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "base/handle.h"

namespace portal {
namespace {

constexpr std::size_t kDigest = 32;

std::string content_name(const share::Id& id) { return share::id_text(id); }
std::string sums_name(const share::Id& id) { return share::id_text(id) + ".sums"; }

base::Result<disk::Descriptor> open_to_write(int folder, const std::string& name) {
  const int fd = ::openat(folder, name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return disk::system_fault("portal.blob", "open", errno);
  return disk::Descriptor(fd);
}

base::Status truncate(int fd, std::uint64_t size) {
  if (ftruncate(fd, static_cast<off_t>(size)) != 0)
    return disk::system_fault("portal.blob", "truncate", errno);
  return base::Done{};
}

// Hands the bytes from `from` to `to` of a file to `each`, in pieces.
template <typename Each>
base::Status for_bytes(int fd, std::uint64_t from, std::uint64_t to, Each each) {
  std::vector<std::uint8_t> buffer(256 * 1024);
  while (from < to) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), to - from));
    const std::span<std::uint8_t> piece(buffer.data(), length);
    TRY(disk::read_exact_at(fd, piece, from));
    TRY(each(base::ByteView(piece)));
    from += length;
  }
  return base::Done{};
}

}  // namespace

base::Status BlobWriter::begin() {
  size_ = TRY(disk::size_of(content_.get()));
  behind_ = disk::WriteBehind(kWriteBehind, size_);
  const std::uint64_t digests = TRY(disk::size_of(sums_.get())) / kDigest;
  return hash_from(std::min(digests, size_ / kSegment));
}

// The digests before `segment` stand; those after it are made again from the content.
base::Status BlobWriter::hash_from(std::uint64_t segment) {
  TRY(truncate(sums_.get(), segment * kDigest));
  segment_.finish();
  std::uint64_t at = segment * kSegment;
  return for_bytes(content_.get(), at, size_, [&](base::ByteView piece) -> base::Status {
    segment_.add(piece);  // pieces never cross a segment: its size is a multiple of theirs
    at += piece.size();
    if (at % kSegment != 0) return base::Done{};
    const Digest digest = segment_.finish();
    return disk::write_all_at(sums_.get(), digest, (at / kSegment - 1) * kDigest);
  });
}

base::Status BlobWriter::segment_done() {
  const Digest digest = segment_.finish();
  TRY(disk::write_all_at(sums_.get(), digest, (size_ / kSegment - 1) * kDigest));
  behind_.written_to(content_.get(), size_);
  return base::Done{};
}

base::Status BlobWriter::append(base::ByteView bytes) {
  while (!bytes.empty()) {
    const auto room = static_cast<std::size_t>(kSegment - size_ % kSegment);
    const base::ByteView piece = bytes.first(std::min(room, bytes.size()));
    TRY(disk::write_all_at(content_.get(), piece, size_));
    segment_.add(piece);
    size_ += piece.size();
    if (size_ % kSegment == 0) TRY(segment_done());
    bytes = bytes.subspan(piece.size());
  }
  return base::Done{};
}

base::Status BlobWriter::sync() { return believe(disk::sync_content(content_.get())); }

base::Status BlobWriter::believe(base::Status synced) {
  if (!synced.ok()) TRY(cut_back(0));
  return synced;
}

base::Status BlobWriter::sync_all(int folder) {
  TRY(disk::sync_content(content_.get()));
  TRY(disk::sync_content(sums_.get()));
  return disk::sync_folder(folder);
}

base::Status BlobWriter::cut_back(std::uint64_t size) {
  TRY(truncate(content_.get(), size));
  size_ = size;
  return hash_from(size / kSegment);
}

base::Result<BlobFiles> BlobFiles::open(const std::string& directory) {
  const std::string path = directory + "/blobs";
  TRY(disk::make_folder(path));
  BlobFiles files;
  files.folder_ = TRY(disk::open_folder(path));
  return files;
}

base::Result<BlobWriter> BlobFiles::write(const share::Id& id) const {
  BlobWriter writer;
  writer.content_ = TRY(open_to_write(folder_.get(), content_name(id)));
  writer.sums_ = TRY(open_to_write(folder_.get(), sums_name(id)));
  TRY(writer.begin());
  // Content that is synced under a name that is not would be gone after a power cut.
  if (writer.size() == 0) TRY(disk::sync_folder(folder_.get()));
  return writer;
}

base::Result<std::uint64_t> BlobFiles::synced_size(const share::Id& id, bool alone) const {
  const auto content = TRY(open_to_write(folder_.get(), content_name(id)));
  auto synced = disk::sync_content(content.get());
  if (!synced.ok() && alone) TRY(truncate(content.get(), 0));  // as in BlobWriter::sync
  TRY(std::move(synced));
  return TRY(disk::size_of(content.get()));
}

base::Result<Finished> BlobFiles::finish(const share::Id& id, bool recount, bool whole) const {
  auto writer = TRY(write(id));
  if (recount) TRY(writer.hash_from(0));
  Finished finished;
  if (whole) {
    Sha256 content;
    TRY(for_bytes(writer.content_.get(), 0, writer.size_, [&](base::ByteView piece) {
      content.add(piece);
      return base::Status(base::Done{});
    }));
    finished.sha256 = content.finish();
  }
  if (writer.size_ % kSegment != 0) {
    const Digest last = writer.segment_.finish();
    TRY(disk::write_all_at(writer.sums_.get(), last, writer.size_ / kSegment * kDigest));
  }
  Sha256 sums;
  const std::uint64_t sums_size = TRY(disk::size_of(writer.sums_.get()));
  TRY(for_bytes(writer.sums_.get(), 0, sums_size, [&](base::ByteView piece) {
    sums.add(piece);
    return base::Status(base::Done{});
  }));
  finished.sums = sums.finish();
  TRY(writer.believe(writer.sync_all(folder_.get())));
  return finished;
}

base::Result<disk::Descriptor> BlobFiles::read(const share::Id& id) const {
  return disk::open_read(folder_.get(), content_name(id));
}

base::Result<disk::Descriptor> BlobFiles::read_sums(const share::Id& id) const {
  return disk::open_read(folder_.get(), sums_name(id));
}

base::Status BlobFiles::erase(const std::vector<share::Id>& ids) const {
  for (const share::Id& id : ids)
    for (const std::string& name : {content_name(id), sums_name(id)})
      if (unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
        return disk::system_fault("portal.blob", "unlink", errno);
  if (!ids.empty()) TRY(disk::sync_folder(folder_.get()));
  return base::Done{};
}

base::Result<std::vector<share::Id>> BlobFiles::list() const {
  const int fd = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return disk::system_fault("portal.blob", "list", errno);
  const base::Handle<DIR, closedir> entries(fdopendir(fd));
  std::set<share::Id> found;
  while (const dirent* entry = readdir(entries.get())) {
    const auto id = share::parse_id(std::string_view(entry->d_name).substr(0, 22));
    if (id) found.insert(*id);
  }
  return std::vector<share::Id>(found.begin(), found.end());
}

base::Result<std::uint64_t> BlobFiles::free_bytes() const {
  struct statvfs status {};
  if (fstatvfs(folder_.get(), &status) != 0)
    return disk::system_fault("portal.blob", "statvfs", errno);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace portal
