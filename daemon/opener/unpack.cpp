#include "opener/unpack.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "disk/descriptor.h"

namespace opener {
namespace {

using Manifest = std::map<std::string, seal::Digest>;
constexpr std::uint64_t kMaxManifest = 256U << 20;
constexpr const char* kUnfinished = ".part";

base::Fault bad_package(const char* what) { return base::reject("opener.unpack", what); }

// The folder that `name` lies in, made where it is missing; no link is followed.
base::Result<disk::Descriptor> folder_of(int root, const std::string& name) {
  disk::Descriptor folder(openat(root, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC));
  if (!folder.valid()) return disk::system_fault("opener.unpack", "folder", errno);
  for (std::size_t begin = 0;;) {
    const auto end = name.find('/', begin);
    if (end == std::string::npos) return folder;
    const auto part = name.substr(begin, end - begin);
    if (mkdirat(folder.get(), part.c_str(), 0700) != 0 && errno != EEXIST)
      return disk::system_fault("opener.unpack", "folder", errno);
    disk::Descriptor next(
        openat(folder.get(), part.c_str(), O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid()) return disk::system_fault("opener.unpack", "folder", errno);
    folder = std::move(next);
    begin = end + 1;
  }
}

bool not_supported(int error) { return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP; }

// Gives a file its name unless that name exists; NFS and FUSE may know no RENAME_NOREPLACE.
base::Status rename_to_new(int folder, const std::string& from, const std::string& to) {
  if (renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0)
    return base::Done{};
  if (!not_supported(errno)) return disk::system_fault("opener.unpack", "rename", errno);
  if (linkat(folder, from.c_str(), folder, to.c_str(), 0) != 0)
    return disk::system_fault("opener.unpack", "link", errno);
  if (unlinkat(folder, from.c_str(), 0) != 0)
    return disk::system_fault("opener.unpack", "unlink", errno);
  return base::Done{};
}

// A file that becomes visible by commit() alone; dropping it takes it away.
class Unfinished {
 public:
  static base::Result<Unfinished> create(int root, const std::string& name) {
    auto folder = TRY(folder_of(root, name));
    const auto slash = name.rfind('/');
    auto last = slash == std::string::npos ? name : name.substr(slash + 1);
    disk::Descriptor file(openat(folder.get(), (last + kUnfinished).c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return disk::system_fault("opener.unpack", "file", errno);
    return Unfinished(std::move(folder), std::move(file), std::move(last));
  }
  Unfinished(Unfinished&&) noexcept = default;
  ~Unfinished() {
    if (file_.valid()) unlinkat(folder_.get(), (name_ + kUnfinished).c_str(), 0);
  }
  base::Status write(base::ByteView bytes) { return disk::write_all(file_.get(), bytes); }
  base::Status commit() {
    TRY(disk::sync_content(file_.get()));
    TRY(rename_to_new(folder_.get(), name_ + kUnfinished, name_));
    file_ = disk::Descriptor();
    return base::Done{};
  }

 private:
  Unfinished(disk::Descriptor folder, disk::Descriptor file, std::string name)
      : folder_(std::move(folder)), file_(std::move(file)), name_(std::move(name)) {}
  disk::Descriptor folder_, file_;
  std::string name_;
};

base::Result<base::Bytes> read_whole(const ReadAt& read, const ZipEntry& entry) {
  base::Bytes whole;
  const auto collect = [&](base::ByteView bytes) -> base::Status {
    base::append(whole, bytes);
    return base::Done{};
  };
  TRY(read_entry(read, entry, collect));
  return whole;
}

base::Result<Manifest> read_manifest(const ReadAt& read, const std::vector<ZipEntry>& entries) {
  const auto found = std::ranges::find(entries, kManifest, &ZipEntry::name);
  if (found == entries.end()) return bad_package("the package has no manifest");
  if (found->size > kMaxManifest) return bad_package("the manifest is too large");
  const auto text = TRY(read_whole(read, *found));
  auto manifest = TRY(parse_manifest(base::as_text(text)));
  if (manifest.size() + 1 != entries.size())
    return bad_package("the manifest names other files than the package holds");
  return manifest;
}

base::Status unpack_entry(const ReadAt& read, const ZipEntry& entry, const Manifest& manifest,
                          int folder, Progress& progress) {
  const auto expected = manifest.find(entry.name);
  if (expected == manifest.end() && entry.name != kManifest)
    return bad_package("a file is not in the manifest");
  auto file = TRY(Unfinished::create(folder, entry.name));
  seal::Sha256 digest;
  const auto write = [&](base::ByteView bytes) -> base::Status {
    digest.update(bytes);
    progress.advance(bytes.size());
    return file.write(bytes);
  };
  TRY(read_entry(read, entry, write));
  if (expected != manifest.end() && digest.finish() != expected->second)
    return bad_package("a file's digest differs from the manifest");
  return file.commit();
}

}  // namespace

base::Result<Manifest> parse_manifest(std::string_view text) {
  Manifest manifest;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto digest = base::from_hex(line.substr(0, std::min<std::size_t>(64, line.size())));
    const auto between = line.substr(std::min<std::size_t>(64, line.size())).substr(0, 2);
    if (!digest || digest->size() != 32 || (between != "  " && between != " *"))
      return bad_package("the manifest has a line that sha256sum does not write");
    seal::Digest value{};
    std::ranges::copy(*digest, value.begin());
    if (!manifest.emplace(line.substr(66), value).second)
      return bad_package("the manifest names a file twice");
  }
  return manifest;
}

base::Result<Unpacked> unpack(const ReadAt& read, std::uint64_t size, int folder,
                              Progress& progress) {
  const auto entries = TRY(read_zip(read, size));
  const auto manifest = TRY(read_manifest(read, entries));
  Unpacked unpacked;
  for (const auto& entry : entries) unpacked.bytes += entry.size;
  progress.begin("unpacking", unpacked.bytes);
  for (const auto& entry : entries) {
    TRY(unpack_entry(read, entry, manifest, folder, progress));
    ++unpacked.files;
  }
  progress.end();
  return unpacked;
}

}  // namespace opener
