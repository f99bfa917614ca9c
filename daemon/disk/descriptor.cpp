#include "disk/descriptor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace disk {

void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

base::Result<Descriptor> Descriptor::duplicate() const {
  const int copy = fcntl(fd_, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return system_fault("disk.duplicate", "dup", errno);
  return Descriptor(copy);
}

base::Fault system_fault(const char* where, const std::string& what, int error) {
  const std::string text = what + ": " + std::strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
      return base::retry_later(where, text);
    default:
      return base::ask_administrator(where, text);
  }
}

base::Result<Descriptor> open_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_fault("disk.open_folder", path, errno);
  return Descriptor(fd);
}

base::Result<Descriptor> open_read(int folder, const std::string& name) {
  const int fd = ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return system_fault("disk.open_read", name, errno);
  return Descriptor(fd);
}

base::Result<std::uint64_t> size_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return system_fault("disk.size_of", "fstat", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

base::Status write_all(int fd, base::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_fault("disk.write", "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return base::Done{};
}

base::Status write_all_at(int fd, base::ByteView bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_fault("disk.write", "pwrite", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return base::Done{};
}

base::Status read_exact_at(int fd, std::span<std::uint8_t> into, std::uint64_t offset) {
  while (!into.empty()) {
    const ssize_t n = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_fault("disk.read", "pread", errno);
    if (n == 0) return base::reject("disk.read", "the file ends before its content does");
    into = into.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return base::Done{};
}

base::Status sync_content(int fd) {
  if (fdatasync(fd) != 0) return system_fault("disk.sync", "fdatasync", errno);
  return base::Done{};
}

void WriteBehind::written_to(int fd, std::uint64_t end) {
  if (end < begun_) begun_ = end;  // cut back
  if (end - begun_ < step_) return;
  sync_file_range(fd, static_cast<off_t>(begun_), static_cast<off_t>(end - begun_),
                  SYNC_FILE_RANGE_WRITE);
  begun_ = end;
}

base::Status sync_folder(int fd) {
  if (fsync(fd) != 0) return system_fault("disk.sync", "fsync of the folder", errno);
  return base::Done{};
}

base::Result<base::Bytes> read_small_file(const std::string& path, std::size_t limit) {
  Descriptor file = TRY(open_read(AT_FDCWD, path));
  const std::uint64_t size = TRY(size_of(file.get()));
  if (size > limit) return base::reject("disk.read", path + ": larger than expected");
  base::Bytes content(size);
  TRY(read_exact_at(file.get(), content, 0));
  return content;
}

base::Status replace_file(int folder, const std::string& name, base::ByteView content,
                          unsigned mode) {
  const std::string temporary = "." + name + ".new";
  Descriptor file(::openat(folder, temporary.c_str(),
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file.valid() || fchmod(file.get(), static_cast<mode_t>(mode)) != 0)
    return system_fault("disk.replace_file", temporary, errno);
  TRY(write_all(file.get(), content));
  TRY(sync_folder(file.get()));
  if (renameat(folder, temporary.c_str(), folder, name.c_str()) != 0)
    return system_fault("disk.replace_file", name, errno);
  return sync_folder(folder);
}

namespace {

base::Status make_one_folder(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0)
    return errno == EEXIST ? base::Status(base::Done{})
                           : system_fault("disk.make_folder", path, errno);
  const Descriptor made = TRY(open_folder(path));
  const Descriptor parent(::openat(made.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid()) return system_fault("disk.make_folder", path + "/..", errno);
  return sync_folder(parent.get());
}

}  // namespace

base::Status make_folder(const std::string& path, unsigned mode) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    TRY(make_one_folder(path.substr(0, end), mode));
    if (end == std::string::npos) return base::Done{};
  }
}

base::Result<Descriptor> sealed_memory(base::ByteView content) {
  Descriptor memory(memfd_create("dcmcourier", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.valid()) return system_fault("disk.sealed_memory", "memfd_create", errno);
  TRY(write_all(memory.get(), content));
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) !=
      0)
    return system_fault("disk.sealed_memory", "F_ADD_SEALS", errno);
  return memory;
}

}  // namespace disk
