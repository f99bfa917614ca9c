// Descriptor: sole owner of a file descriptor, and the few system calls on it that the house uses,
// each complete (no short reads or writes) and each failure a Fault.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace disk {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void close();
  base::Result<Descriptor> duplicate() const;

 private:
  int fd_ = -1;
};

// "what: No space left on device"; ENOSPC, EDQUOT, EIO, EMFILE... are RetryLater, the rest
// AskAdministrator.
base::Fault system_fault(const char* where, const std::string& what, int error);

base::Result<Descriptor> open_folder(const std::string& path);  // O_DIRECTORY
base::Result<Descriptor> open_read(int folder,
                                   const std::string& name);  // O_NOFOLLOW; folder may be AT_FDCWD
base::Result<std::uint64_t> size_of(int fd);
base::Status write_all(int fd, base::ByteView bytes);
base::Status write_all_at(int fd, base::ByteView bytes, std::uint64_t offset);
base::Status read_exact_at(int fd, std::span<std::uint8_t> into,
                           std::uint64_t offset);  // Reject when the file ends before
base::Status sync_content(int fd);                 // fdatasync
// Sets the disk to work on what was written, a step at a time, so that the sync at the end finds
// little to do. Promises nothing.
class WriteBehind {
 public:
  WriteBehind(std::uint64_t step, std::uint64_t begun) : step_(step), begun_(begun) {}
  void written_to(int fd, std::uint64_t end);

 private:
  std::uint64_t step_, begun_;
};
base::Status sync_folder(int fd);  // fsync

// The whole of a small file, at most `limit` bytes.
base::Result<base::Bytes> read_small_file(const std::string& path, std::size_t limit);

// Replaces `name` in the folder so that a crash leaves the old or the new content, never less:
// temporary file, write, fsync, rename, fsync of the folder.
base::Status replace_file(int folder, const std::string& name, base::ByteView content,
                          unsigned mode = 0600);

base::Status make_folder(const std::string& path,
                         unsigned mode = 0700);  // with its parents, each synced; existing is fine

// An anonymous file in memory (memfd) holding `content`, sealed against any change.
base::Result<Descriptor> sealed_memory(base::ByteView content);

}  // namespace disk
