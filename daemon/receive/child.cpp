#include "receive/child.h"

#include <linux/close_range.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "journal/events.h"
#include "journal/journal.h"
#include "receive/confine.h"
#include "receive/events.h"
#include "seal/stream.h"

namespace receive {
namespace {

constexpr std::uint64_t kMemory = 64u << 20;
constexpr int kMappedFrom = 4 << 20;  // bytes; the buffers of instance after instance are smaller
constexpr int kKeptFree = 8 << 20;
constexpr unsigned kFirstOwn = 3;
constexpr unsigned kLast = ~0u;

volatile std::sig_atomic_t stopping = 0;

void close_all_but(std::vector<unsigned> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned from = kFirstOwn;
  for (const unsigned fd : kept) {
    if (fd > from) syscall(SYS_close_range, from, fd - 1, 0);
    from = fd + 1;
  }
  syscall(SYS_close_range, from, kLast, 0);
}

// SIGUSR1 asks for an end between two instances; it is let in only while waiting for one. The
// signals by which the parent is stopped are the parent's matter.
void set_signals() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = [](int) { stopping = 1; };
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

spool::AssociationId binary_id(const std::string& id) {
  spool::AssociationId binary{};
  const auto bytes = base::from_hex(id);
  if (bytes && bytes->size() == binary.size())
    std::copy(bytes->begin(), bytes->end(), binary.begin());
  return binary;
}

bool confine_child(const ChildWork& work) {
  const Powers powers{work.folder, kMemory,
                      seal::sealed_size(work.room.max_instance_size) + (1u << 20)};
  const auto missing = confine(powers);
  if (!missing.ok()) {
    journal::fault("confine", missing.fault());
    return false;
  }
  for (const std::string& what : missing.value()) events::not_confined_by(what);
  return true;
}

// The private key is in every forked process: only one that shakes hands keeps it, until it has.
base::Result<std::optional<tls::Session>> begin_tls(const ChildWork& work) {
  if (work.over_tls) return std::optional(TRY(tls::Session::accept(*work.tls, work.socket)));
  if (work.tls) work.tls->forget_key();
  return std::optional<tls::Session>();
}

// An instance never lies where nobody knows whence it came; the folder itself is synced with each
// instance.
base::Status settle(const ChildWork& work) {
  for (const int fd : {work.origin, work.spool})
    if (fsync(fd) != 0) return disk::system_fault("receive.store", "fsync", errno);
  return base::Done{};
}

int serve(const ChildWork& work) {
  auto session = begin_tls(work);
  if (!session.ok()) {
    journal::fault("tls", session.fault());
    return 1;
  }
  auto spool = spool::Association::create(work.folder, binary_id(work.id), work.spool_point);
  if (!spool.ok()) {
    journal::fault("key", spool.fault());
    return 1;
  }
  const base::Clock clock;
  Transport transport(work.socket, clock, stopping, std::move(session).value());
  if (!confine_child(work)) return 1;
  const auto tell = [&](Progress progress) {
    const char byte = static_cast<char>(progress);
    [[maybe_unused]] const ssize_t written = ::write(work.progress, &byte, 1);
  };
  const auto admit = [&] {
    tell(Progress::Asks);
    char answer = kNotAdmitted;
    return ::read(work.progress, &answer, 1) == 1 && answer == kAdmitted;
  };
  const auto complain = [&](const base::Fault& fault) {
    events::association_complaint(work.id, fault);
  };
  Association association({transport, clock, spool.value(), work.folder, admit,
                           [&] { return settle(work); }, tell, complain},
                          work.policy, work.peer, work.room, work.times);
  const Ending ending = association.run();
  events::association_ended(work.id, work.peer, association.tally(), ending);
  return 0;
}

}  // namespace

void run_child(const ChildWork& work) {
  const pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) _exit(1);
  // Else each instance's buffers would be fresh pages, which cost more than sealing into them.
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
  mallopt(M_TRIM_THRESHOLD, kKeptFree);
  set_signals();
  std::vector<unsigned> kept;
  for (const int fd :
       {work.socket, work.folder, work.origin, work.spool, work.progress, journal::descriptor()})
    if (fd >= 0) kept.push_back(static_cast<unsigned>(fd));
  close_all_but(std::move(kept));
  _exit(serve(work));
}

}  // namespace receive
