#include "spool/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/handle.h"

namespace spool {
namespace {

constexpr std::string_view kOrigin = "origin";
constexpr std::string_view kUnfinishedOrigin = ".origin.new";
constexpr std::uint64_t kMostLowWater = 20'000'000'000;

int close_folder(DIR* folder) { return closedir(folder); }
using Folder = base::Handle<DIR, close_folder>;

base::Result<disk::Descriptor> open_association(int spool, const std::string& association) {
  if (!is_association(association)) return base::reject("spool.open", "no name of an association");
  disk::Descriptor folder(
      openat(spool, association.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) return disk::system_fault("spool.open", association, errno);
  return folder;
}

// The names in a folder, "." and ".." left out.
base::Result<std::vector<std::string>> names_in(int folder) {
  const int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return disk::system_fault("spool.list", "open", errno);
  const Folder stream(fdopendir(fd));
  if (!stream) {
    const base::Fault fault = disk::system_fault("spool.list", "fdopendir", errno);
    ::close(fd);
    return fault;
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return disk::system_fault("spool.list", "readdir", errno);
  return names;
}

base::Status remove_name(int folder, std::string_view name) {
  if (unlinkat(folder, std::string(name).c_str(), 0) != 0 && errno != ENOENT)
    return disk::system_fault("spool.remove", std::string(name), errno);
  return base::Done{};
}

}  // namespace

bool is_association(std::string_view name) {
  return name.size() == 32 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

base::Result<std::vector<std::string>> list_associations(int spool) {
  std::vector<std::string> names = TRY(names_in(spool));
  std::erase_if(names, [](const std::string& name) { return !is_association(name); });
  std::sort(names.begin(), names.end());
  return names;
}

base::Result<Contents> scan(int spool, const std::string& association) {
  const disk::Descriptor folder = TRY(open_association(spool, association));
  const std::vector<std::string> names = TRY(names_in(folder.get()));
  Contents contents;
  for (const std::string& name : names) {
    if (const auto sequence = parse_file_name(name); sequence)
      contents.sequences.push_back(*sequence);
    else if (name == kOrigin)
      contents.origin = true;
    else if (name != kUnfinishedOrigin)
      ++contents.foreign;
  }
  std::sort(contents.sequences.begin(), contents.sequences.end());
  return contents;
}

bool has_instance(int spool, const std::string& association, std::uint32_t sequence) {
  if (!is_association(association)) return false;
  const std::string path = association + "/" + file_name(sequence);
  return faccessat(spool, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool is_lost(int spool, const std::string& association, std::uint32_t sequence) {
  if (!is_association(association)) return true;
  const std::string path = association + "/" + file_name(sequence);
  return faccessat(spool, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

base::Status sync_association(int spool, const std::string& association) {
  const disk::Descriptor folder = TRY(open_association(spool, association));
  return disk::sync_folder(folder.get());
}

base::Result<Origin> read_origin(int spool, const std::string& association) {
  const disk::Descriptor folder = TRY(open_association(spool, association));
  const disk::Descriptor file = TRY(disk::open_read(folder.get(), std::string(kOrigin)));
  const std::uint64_t size = TRY(disk::size_of(file.get()));
  if (size > 4096) return base::reject("spool.origin", "larger than expected");
  base::Bytes text(size);
  TRY(disk::read_exact_at(file.get(), text, 0));
  return parse_origin(base::as_text(text));
}

base::Result<disk::Descriptor> open_instance(int spool, const std::string& association,
                                             std::uint32_t sequence) {
  const disk::Descriptor folder = TRY(open_association(spool, association));
  disk::Descriptor file(openat(folder.get(), file_name(sequence).c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() && errno == ELOOP)
    return base::reject("spool.open", file_name(sequence) + ": a symbolic link");
  if (!file.valid()) return disk::system_fault("spool.open", file_name(sequence), errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return base::reject("spool.open", file_name(sequence) + ": not a regular file");
  return file;
}

base::Status remove_instance(int spool, const std::string& association, std::uint32_t sequence) {
  const disk::Descriptor folder = TRY(open_association(spool, association));
  return remove_name(folder.get(), file_name(sequence));
}

base::Result<bool> remove_if_empty(int spool, const std::string& association) {
  const Contents contents = TRY(scan(spool, association));
  if (!contents.empty()) return false;
  const disk::Descriptor folder = TRY(open_association(spool, association));
  TRY(remove_name(folder.get(), kOrigin));
  TRY(remove_name(folder.get(), kUnfinishedOrigin));
  if (unlinkat(spool, association.c_str(), AT_REMOVEDIR) == 0) return true;
  if (errno == ENOENT) return true;
  return disk::system_fault("spool.remove", association, errno);
}

base::Result<std::uint32_t> sweep(int spool) {
  const std::vector<std::string> associations = TRY(list_associations(spool));
  std::uint32_t removed = 0;
  for (const std::string& association : associations) {
    const auto result = remove_if_empty(spool, association);
    if (result.ok() && result.value()) ++removed;
  }
  return removed;
}

base::Result<Space> space(int folder) {
  struct statvfs status {};
  if (fstatvfs(folder, &status) != 0) return disk::system_fault("spool.space", "fstatvfs", errno);
  const auto block = static_cast<std::uint64_t>(status.f_frsize);
  return Space{block * status.f_bavail, block * status.f_blocks};
}

std::uint64_t low_water(const Space& space, std::uint64_t bytes, double part) {
  if (bytes != 0) return bytes;
  return std::min(kMostLowWater,
                  static_cast<std::uint64_t>(static_cast<double>(space.total) * part));
}

}  // namespace spool
