#include "confine/confine.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <span>

#include "base/handle.h"

namespace confine {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Computing, threads, and the descriptors that a child already holds.
constexpr const char* kEveryone[] = {"read",
                                     "readv",
                                     "pread64",
                                     "write",
                                     "writev",
                                     "pwrite64",
                                     "lseek",
                                     "close",
                                     "fstat",
                                     "fstat64",
                                     "newfstatat",
                                     "fstatat64",
                                     "stat",
                                     "lstat",
                                     "statx",
                                     "statfs",
                                     "fstatfs",
                                     "access",
                                     "faccessat",
                                     "faccessat2",
                                     "readlink",
                                     "readlinkat",
                                     "getcwd",
                                     "getdents64",
                                     "fcntl",
                                     "fcntl64",
                                     "dup",
                                     "fsync",
                                     "fdatasync",
                                     "ftruncate",
                                     "fallocate",
                                     "fadvise64",
                                     "sync_file_range",
                                     "memfd_create",
                                     "poll",
                                     "ppoll",
                                     "select",
                                     "pselect6",
                                     "recvmsg",
                                     "recvfrom",
                                     "sendmsg",
                                     "sendto",
                                     "shutdown",
                                     "getsockopt",
                                     "setsockopt",
                                     "mmap",
                                     "mmap2",
                                     "munmap",
                                     "mprotect",
                                     "mremap",
                                     "madvise",
                                     "mlock",
                                     "munlock",
                                     "brk",
                                     "futex",
                                     "set_robust_list",
                                     "get_robust_list",
                                     "rseq",
                                     "set_tid_address",
                                     "membarrier",
                                     "sched_yield",
                                     "sched_getaffinity",
                                     "sched_setaffinity",
                                     "rt_sigaction",
                                     "rt_sigprocmask",
                                     "rt_sigreturn",
                                     "rt_sigpending",
                                     "rt_sigtimedwait",
                                     "sigaltstack",
                                     "restart_syscall",
                                     "tgkill",
                                     "exit",
                                     "exit_group",
                                     "getpid",
                                     "getppid",
                                     "gettid",
                                     "getuid",
                                     "geteuid",
                                     "getgid",
                                     "getegid",
                                     "getrandom",
                                     "clock_gettime",
                                     "clock_gettime64",
                                     "clock_getres",
                                     "clock_nanosleep",
                                     "nanosleep",
                                     "gettimeofday",
                                     "time",
                                     "getrusage",
                                     "getrlimit",
                                     "times",
                                     "sysinfo",
                                     "uname",
                                     "timer_create",
                                     "timer_settime",
                                     "timer_delete",
                                     "alarm",
                                     "setitimer"};

constexpr const char* kDialOut[] = {
    "socket",       "socketpair", "connect",    "bind",        "getsockname",  "getpeername",
    "sendmmsg",     "recvmmsg",   "ioctl",      "pipe",        "pipe2",        "eventfd2",
    "epoll_create", "epoll_ctl",  "epoll_wait", "epoll_pwait", "epoll_create1"};

// What the sanitizers' own run time does while it reports.
constexpr const char* kSanitizers[] = {"ptrace", "getdents", "tkill",    "exit",
                                       "wait4",  "kill",     "prctl",    "personality",
                                       "pipe",   "pipe2",    "setrlimit"};

using Filter = base::Handle<void, seccomp_release>;

base::Fault refused(const char* what, int error) {
  return base::ask_administrator("confine.lock_down", std::string(what) + ": " + strerror(error));
}

// A name that this architecture lacks needs no rule.
base::Status allow(void* filter, const char* name, std::span<const scmp_arg_cmp> conditions = {}) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return base::Done{};
  const int error = seccomp_rule_add_array(
      filter, SCMP_ACT_ALLOW, number, static_cast<unsigned>(conditions.size()), conditions.data());
  if (error != 0) return refused(name, -error);
  return base::Done{};
}

base::Status allow_all(void* filter, std::span<const char* const> names) {
  for (const char* name : names) TRY(allow(filter, name));
  return base::Done{};
}

// Opening to read alone, threads but no processes, reading limits but not setting them.
base::Status allow_in_part(void* filter) {
  constexpr scmp_datum_t kWriting = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  const scmp_arg_cmp open_reads[] = {SCMP_A1_64(SCMP_CMP_MASKED_EQ, kWriting, O_RDONLY)};
  const scmp_arg_cmp openat_reads[] = {SCMP_A2_64(SCMP_CMP_MASKED_EQ, kWriting, O_RDONLY)};
  const scmp_arg_cmp thread[] = {SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)};
  const scmp_arg_cmp no_new_limit[] = {SCMP_A2_64(SCMP_CMP_EQ, 0)};
  TRY(allow(filter, "open", open_reads));
  TRY(allow(filter, "openat", openat_reads));
  TRY(allow(filter, "prlimit64", no_new_limit));
  if (kSanitized) return allow(filter, "clone");
  return allow(filter, "clone", thread);
}

// clone3 hides its flags in memory; without it the C library falls back to clone.
base::Status deny_clone3(void* filter) {
  const int number = seccomp_syscall_resolve_name("clone3");
  if (number == __NR_SCMP_ERROR) return base::Done{};
  const int error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0, nullptr);
  if (error != 0) return refused("clone3", -error);
  return base::Done{};
}

base::Status filter_calls(const Powers& powers) {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return refused("seccomp_init", ENOMEM);
  TRY(allow_all(filter.get(), kEveryone));
  TRY(allow_in_part(filter.get()));
  TRY(deny_clone3(filter.get()));
  if (powers.dial_out) TRY(allow_all(filter.get(), kDialOut));
  if (kSanitized) TRY(allow_all(filter.get(), kSanitizers));
  if (const int error = seccomp_load(filter.get()); error != 0)
    return refused("seccomp_load", -error);
  return base::Done{};
}

base::Status limit(__rlimit_resource resource, std::uint64_t bytes) {
  const rlimit hard{bytes, bytes};
  if (setrlimit(resource, &hard) != 0) return refused("setrlimit", errno);
  return base::Done{};
}

}  // namespace

base::Status lock_down(const Powers& powers) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused("no_new_privs", errno);
  // The leak checker stops the process with ptrace, which an undumpable one refuses.
  if (!kSanitized && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return refused("dumpable", errno);
  TRY(limit(RLIMIT_CORE, 0));
  if (powers.memory != 0 && !kSanitized) TRY(limit(RLIMIT_DATA, powers.memory));
  return filter_calls(powers);
}

}  // namespace confine
