// libc's calls that change a disk or speak to a peer, each with its failpoint before and after.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "points.h"

namespace faults {
namespace {

// Found at the first call: that needs memory alone, and libraries open files before our own
// constructors have run.
template <typename Function>
struct Next {
  const char* name;
  Function* found = nullptr;
  template <typename... Arguments>
  auto operator()(Arguments... arguments) {
    if (found == nullptr) found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    return found(arguments...);
  }
};
#define NEXT(name) \
  static constinit Next<std::remove_pointer_t<decltype(&::name)>> next_##name { #name }

constexpr std::uint32_t kErrors = bit(Fault::Eio) | bit(Fault::Enospc);
constexpr std::uint32_t kBroken = bit(Fault::Eio);

bool is_socket(std::string_view kind) {
  return kind == "peer" || kind == "jobs" || kind == "smtp" || kind == "portal" ||
         kind == "upload" || kind == "recipient";
}

// What a fault says in errno: a peer is not a disk.
int error_of(Fault fault, std::string_view kind) {
  if (is_socket(kind)) return ECONNRESET;
  return fault == Fault::Eio ? EIO : ENOSPC;
}

bool fails(Fault fault) { return fault == Fault::Eio || fault == Fault::Enospc; }

// A call that gives -1 when it fails and takes what it is given as a whole.
template <typename Call>
auto whole(const char* name, std::string_view kind, std::uint32_t able, Call call) {
  const Fault fault = reach(name, kind, able);
  if (fault == Fault::KillBefore) die();
  if (fails(fault)) {
    errno = error_of(fault, kind);
    return static_cast<decltype(call())>(-1);
  }
  const auto result = call();
  if (fault == Fault::KillAfter) die();
  return result;
}

// A call that may take less than it is given: `call` is told how much it may take.
template <typename Call>
ssize_t in_part(const char* name, int fd, std::size_t size, Call call) {
  const auto kind = kind_of(fd);
  if (kind.empty()) return call(size);
  const bool stream = is_socket(kind) && kind != "jobs";  // packets are whole or not at all
  std::uint32_t able = kKills | (is_socket(kind) ? kBroken : kErrors);
  if (size > 1 && (stream || !is_socket(kind))) able |= bit(Fault::Short);
  const Fault fault = reach(name, kind, able);
  if (fault == Fault::KillBefore) die();
  if (fails(fault)) {
    errno = error_of(fault, kind);
    return -1;
  }
  const ssize_t taken = call(fault == Fault::Short ? size / 2 : size);
  if (fault == Fault::KillAfter) die();
  return taken;
}

// Remembers what a write without an offset has written; receive needs no such memory.
ssize_t remembered(int fd, ssize_t taken) {
  if (taken <= 0 || shared() == nullptr || role() == "receive" || is_socket(kind_of(fd)))
    return taken;
  const int kept = errno;
  const auto end = static_cast<std::int64_t>(syscall(SYS_lseek, fd, 0, SEEK_CUR));
  if (end >= taken) wrote(fd, end - taken, end);
  errno = kept;
  return taken;
}

std::size_t total(const iovec* parts, int count) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

// The first `size` bytes of the parts.
std::vector<iovec> cut(const iovec* parts, std::size_t count, std::size_t size) {
  std::vector<iovec> kept;
  for (std::size_t i = 0; i < count && size > 0; ++i) {
    kept.push_back({parts[i].iov_base, std::min(parts[i].iov_len, size)});
    size -= kept.back().iov_len;
  }
  return kept;
}

template <typename Call>
int sync(const char* name, int fd, Call& call) {
  const auto kind = kind_of(fd);
  const Fault fault = reach(name, kind, kKills | kErrors);
  if (fault == Fault::KillBefore) die();
  if (fails(fault)) {
    lose(fd);
    errno = error_of(fault, kind);
    return -1;
  }
  const int result = call(fd);
  if (result == 0 && !kind.empty()) synced(fd);
  if (fault == Fault::KillAfter) die();
  return result;
}

bool makes(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

template <typename Call>
int opened(const char* name, const char* path, int flags, Call call) {
  if (shared() == nullptr) return call();
  const bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
  auto kind = nameless ? std::string("spool") : kind_of_path(path);
  const int fd = makes(flags) ? whole(name, kind, kKills | kErrors, call) : call();
  if (fd >= 0 && (makes(flags) || (flags & O_TRUNC) != 0))
    synced(fd);  // a new file under an old number
  if (fd >= 0) learn(fd, std::move(kind));
  return fd;
}

std::string kind_of_address(const sockaddr* address) {
  if (address->sa_family == AF_UNIX) return "jobs";
  const auto port = ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  if (role() == "portal") return port == shared()->upload_port ? "upload" : "recipient";
  if (role() == "send") return port == shared()->smtp_port ? "smtp" : "portal";
  return role() == "receive" ? "peer" : "";
}

int accepted(int fd) {
  if (fd < 0 || shared() == nullptr) return fd;
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  const int kept = errno;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0)
    learn(fd, kind_of_address(reinterpret_cast<sockaddr*>(&own)));
  errno = kept;
  return fd;
}

}  // namespace
}  // namespace faults

using namespace faults;

#define MODE(flags)                \
  unsigned mode = 0;               \
  if (makes(flags)) {              \
    va_list more;                  \
    va_start(more, flags);         \
    mode = va_arg(more, unsigned); \
    va_end(more);                  \
  }

extern "C" {

NEXT(write);
ssize_t write(int fd, const void* bytes, size_t size) {
  return remembered(fd,
                    in_part("write", fd, size, [&](size_t n) { return next_write(fd, bytes, n); }));
}

NEXT(pwrite64);
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  const auto taken =
      in_part("pwrite", fd, size, [&](size_t n) { return next_pwrite64(fd, bytes, n, at); });
  if (taken > 0 && shared() != nullptr && !kind_of(fd).empty()) wrote(fd, at, at + taken);
  return taken;
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return pwrite64(fd, bytes, size, at);
}

NEXT(writev);
ssize_t writev(int fd, const iovec* parts, int count) {
  const auto all = total(parts, count);
  return remembered(fd, in_part("writev", fd, all, [&](size_t n) {
                      if (n == all) return next_writev(fd, parts, count);
                      const auto kept = cut(parts, static_cast<size_t>(count), n);
                      return next_writev(fd, kept.data(), static_cast<int>(kept.size()));
                    }));
}

NEXT(send);
ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  return in_part("send", fd, size, [&](size_t n) { return next_send(fd, bytes, n, flags); });
}

NEXT(sendto);
ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  return in_part("send", fd, size,
                 [&](size_t n) { return next_sendto(fd, bytes, n, flags, to, length); });
}

NEXT(sendmsg);
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  const auto all = total(message->msg_iov, static_cast<int>(message->msg_iovlen));
  return in_part("send", fd, all, [&](size_t n) {
    if (n == all) return next_sendmsg(fd, message, flags);
    auto kept = cut(message->msg_iov, message->msg_iovlen, n);
    msghdr shorter = *message;
    shorter.msg_iov = kept.data();
    shorter.msg_iovlen = kept.size();
    return next_sendmsg(fd, &shorter, flags);
  });
}

NEXT(fsync);
int fsync(int fd) { return sync("fsync", fd, next_fsync); }

NEXT(fdatasync);
int fdatasync(int fd) { return sync("fdatasync", fd, next_fdatasync); }

NEXT(ftruncate64);
int ftruncate64(int fd, off64_t size) noexcept {
  return whole("ftruncate", kind_of(fd), kKills | kErrors,
               [&] { return next_ftruncate64(fd, size); });
}
int ftruncate(int fd, off_t size) noexcept { return ftruncate64(fd, size); }

NEXT(linkat);
int linkat(int from, const char* path, int to, const char* name, int flags) noexcept {
  return whole("linkat", kind_of_path(name), kKills | kErrors,
               [&] { return next_linkat(from, path, to, name, flags); });
}

NEXT(renameat);
int renameat(int from, const char* path, int to, const char* name) noexcept {
  return whole("renameat", kind_of_path(name), kKills | kErrors,
               [&] { return next_renameat(from, path, to, name); });
}

NEXT(rename);
int rename(const char* path, const char* name) noexcept {
  return whole("rename", kind_of_path(name), kKills | kErrors,
               [&] { return next_rename(path, name); });
}

NEXT(unlinkat);
int unlinkat(int folder, const char* name, int flags) noexcept {
  return whole("unlinkat", kind_of_path(name), kKills | kBroken,
               [&] { return next_unlinkat(folder, name, flags); });
}

NEXT(unlink);
int unlink(const char* name) noexcept {
  return whole("unlink", kind_of_path(name), kKills | kBroken, [&] { return next_unlink(name); });
}

NEXT(mkdirat);
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  return whole("mkdirat", kind_of_path(name), kKills | kErrors,
               [&] { return next_mkdirat(folder, name, mode); });
}

NEXT(mkdir);
int mkdir(const char* name, mode_t mode) noexcept {
  return whole("mkdir", kind_of_path(name), kKills | kErrors,
               [&] { return next_mkdir(name, mode); });
}

NEXT(open64);
int open64(const char* path, int flags, ...) {
  MODE(flags)
  return opened("open", path, flags, [&] { return next_open64(path, flags, mode); });
}
int open(const char* path, int flags, ...) {
  MODE(flags)
  return opened("open", path, flags, [&] { return next_open64(path, flags, mode); });
}

NEXT(openat64);
int openat64(int folder, const char* path, int flags, ...) {
  MODE(flags)
  return opened("open", path, flags, [&] { return next_openat64(folder, path, flags, mode); });
}
int openat(int folder, const char* path, int flags, ...) {
  MODE(flags)
  return opened("open", path, flags, [&] { return next_openat64(folder, path, flags, mode); });
}

NEXT(memfd_create);
int memfd_create(const char* name, unsigned flags) noexcept {
  const int fd = next_memfd_create(name, flags);
  learn(fd, "");
  return fd;
}

NEXT(connect);
int connect(int fd, const sockaddr* address, socklen_t length) {
  if (shared() == nullptr) return next_connect(fd, address, length);
  learn(fd, kind_of_address(address));
  return whole("connect", kind_of(fd), kKills | kBroken,
               [&] { return next_connect(fd, address, length); });
}

NEXT(accept4);
int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  return accepted(next_accept4(fd, address, length, flags));
}

NEXT(accept);
int accept(int fd, sockaddr* address, socklen_t* length) {
  return accepted(next_accept(fd, address, length));
}

NEXT(close);
int close(int fd) {
  forget(fd);
  return next_close(fd);
}

}  // extern "C"
