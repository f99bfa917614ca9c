#include "receive/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/handle.h"
#include "disk/descriptor.h"

namespace receive {
namespace {

constexpr rlim_t kOpenFiles = 32;

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

base::Status limit(__rlimit_resource resource, rlim_t value) {
  const rlimit both{value, value};
  if (setrlimit(resource, &both) != 0)
    return disk::system_fault("receive.confine", "setrlimit", errno);
  return base::Done{};
}

base::Status limit_resources(const Powers& powers) {
  TRY(limit(RLIMIT_CORE, 0));
  TRY(limit(RLIMIT_NOFILE, kOpenFiles));
  if (powers.file_size != 0) TRY(limit(RLIMIT_FSIZE, powers.file_size));
  if (powers.memory != 0 && !kSanitized) TRY(limit(RLIMIT_DATA, powers.memory));
  return base::Done{};
}

// The kernel's structure as of ABI 4; older kernels are given its first half.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
};

std::uint64_t file_rights(long abi) {
  const int count = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
  return (std::uint64_t{1} << count) - 1;
}

base::Status restrict_files(long abi, int folder) {
  const RulesetAttributes attributes{file_rights(abi), abi >= 4 ? 3u : 0u};  // bind and connect
  const std::size_t size = abi >= 4 ? sizeof attributes : sizeof attributes.handled_access_fs;
  const disk::Descriptor rules(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (!rules.valid())
    return disk::system_fault("receive.confine", "landlock_create_ruleset", errno);
  landlock_path_beneath_attr own{};
  own.allowed_access = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE;
  own.parent_fd = folder;
  if (syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &own, 0) != 0)
    return disk::system_fault("receive.confine", "landlock_add_rule", errno);
  if (syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0)
    return disk::system_fault("receive.confine", "landlock_restrict_self", errno);
  return base::Done{};
}

using Filter = base::Handle<void, seccomp_release>;

constexpr std::array kPlainCalls = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(recvfrom),
    SCMP_SYS(shutdown),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(close),
    SCMP_SYS(fdatasync),
    SCMP_SYS(fsync),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(pwrite64),
};

int allow_calls(scmp_filter_ctx filter, int folder) {
  int failed = 0;
  for (const int call : kPlainCalls) failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
  // Only nameless files, and only names in the folder of the association.
  const auto own = static_cast<scmp_datum_t>(folder);
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 2, SCMP_A0(SCMP_CMP_EQ, own),
                             SCMP_A2(SCMP_CMP_MASKED_EQ, O_TMPFILE | O_ACCMODE,
                                     static_cast<scmp_datum_t>(O_TMPFILE | O_WRONLY)));
  // To whom a socket is connected, and nobody else: the peer, the journal.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, SCMP_A4(SCMP_CMP_EQ, 0));
  failed |=
      seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(linkat), 1, SCMP_A2(SCMP_CMP_EQ, own));
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  return failed;
}

base::Status filter_calls(int folder) {
  const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter || allow_calls(filter.get(), folder) != 0 || seccomp_load(filter.get()) != 0)
    return base::ask_administrator("receive.confine", "the system call filter was refused");
  return base::Done{};
}

}  // namespace

base::Result<std::vector<std::string>> confine(const Powers& powers) {
  std::vector<std::string> missing;
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the limit is a failed write
  TRY(limit_resources(powers));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return disk::system_fault("receive.confine", "PR_SET_NO_NEW_PRIVS", errno);
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1)
    missing.emplace_back("landlock");
  else
    TRY(restrict_files(abi, powers.folder));
  if (kSanitized)
    missing.emplace_back("seccomp");
  else
    TRY(filter_calls(powers.folder));
  return missing;
}

void forbid_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace receive
