// The parent's second half: what becomes of a connection, and of the process that serves it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "journal/events.h"
#include "receive/events.h"
#include "receive/receiver.h"
#include "seal/primitives.h"
#include "spool/scan.h"
#include "supervise/supervise.h"

namespace receive {
namespace {

constexpr int kAcceptedAtOnce = 16;
constexpr std::size_t kMostEnded = 1024;
constexpr base::Milliseconds kPauseAfterFault = 1'000;
constexpr base::Milliseconds kStopPatience = 10'000;

std::string new_id() {
  std::array<std::uint8_t, 16> id{};
  seal::random_bytes(id);
  return base::to_hex(id);
}

}  // namespace

void Receiver::accept_from(const Listener& listener, base::Milliseconds now) {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    auto connection = accept_connection(listener);
    if (!connection.ok()) {  // no descriptors left: trying at once would not help
      journal::fault("accept", connection.fault());
      accept_again_ = now + kPauseAfterFault;
      return;
    }
    if (!connection.value()) return;
    take_connection(std::move(*std::move(connection).value()), listener, now);
  }
}

std::uint64_t Receiver::low_water() const {
  const auto space = spool::space(spool_.get());
  if (!space.ok()) return 0;
  return spool::low_water(space.value(), configuration_.low_water_bytes,
                          configuration_.low_water_part);
}

std::optional<Rejection> Receiver::reason_to_refuse(const Address& peer) const {
  if (!may_call_from(configuration_.policy.callers, peer)) return kCallingAETitleNotRecognized;
  const auto of_peer = std::count_if(children_.begin(), children_.end(),
                                     [&](const Child& child) { return child.peer == peer; });
  if (children_.size() >= configuration_.max_associations ||
      static_cast<unsigned>(of_peer) >= configuration_.max_associations_per_peer)
    return kLocalLimitExceeded;
  const auto space = spool::space(spool_.get());
  if (!space.ok() || space.value().available < low_water()) return kTemporaryCongestion;
  return std::nullopt;
}

void Receiver::refuse(Connection connection, const Listener& listener, const Rejection& rejection,
                      std::string_view why, base::Milliseconds now) {
  events::connection_refused(connection.peer, rejection, why);
  const tls::Alert alert = rejection == kCallingAETitleNotRecognized ? tls::Alert::AccessDenied
                                                                     : tls::Alert::InternalError;
  refused_.take(std::move(connection),
                listener.tls ? tls::alert_record(alert) : write_associate_reject(rejection), now);
}

void Receiver::take_connection(Connection connection, const Listener& listener,
                               base::Milliseconds now) {
  if (const auto rejection = reason_to_refuse(connection.peer); rejection)
    return refuse(std::move(connection), listener, *rejection, "limits or low water", now);
  if (listener.tls && !tls_)
    return refuse(std::move(connection), listener, kTemporaryCongestion,
                  "receiver.tls is not in force", now);
  const base::Status begun = begin_association(connection, listener);
  if (begun.ok()) return;
  refuse(std::move(connection), listener, kTemporaryCongestion, begun.fault().what, now);
}

base::Status Receiver::begin_association(const Connection& connection, const Listener& listener) {
  ChildWork work;
  work.spool_point = TRY(read_key());
  work.id = new_id();
  const spool::Origin origin{listener.name, connection.peer.text(), "", clock_.now()};
  const disk::Descriptor folder = TRY(make_folder(work.id, origin));
  work.socket = connection.socket.get();
  work.folder = folder.get();
  work.peer = connection.peer;
  work.policy = configuration_.policy;
  work.times = configuration_.times;
  work.tls = tls_;
  work.over_tls = listener.tls;
  work.room = {configuration_.max_instance_size, low_water() / 2};
  const std::string id = work.id;
  base::Status started = start_child(std::move(work));
  if (!started.ok()) forget(id);
  return started;
}

void Receiver::forget(const std::string& id) {
  const auto removed = spool::remove_if_empty(spool_.get(), id);
  if (!removed.ok()) journal::fault("sweep", removed.fault());
}

// Durable before the child exists: an instance never lies where nobody knows whence it came.
base::Result<disk::Descriptor> Receiver::make_folder(const std::string& id,
                                                     const spool::Origin& origin) {
  if (mkdirat(spool_.get(), id.c_str(), 0770) != 0)
    return disk::system_fault("receive.accept", "mkdir", errno);
  disk::Descriptor folder(
      openat(spool_.get(), id.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) return disk::system_fault("receive.accept", "open", errno);
  const std::string text = spool::write_origin(origin);
  base::Status written = disk::replace_file(folder.get(), "origin", base::as_bytes(text), 0660);
  if (written.ok()) written = disk::sync_folder(spool_.get());
  if (written.ok()) return folder;
  forget(id);
  return std::move(written).fault();
}

base::Status Receiver::start_child(ChildWork work) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return disk::system_fault("receive.accept", "pipe", errno);
  disk::Descriptor from_child(ends[0]);
  const disk::Descriptor to_parent(ends[1]);
  fcntl(from_child.get(), F_SETFL, O_NONBLOCK);
  work.progress = to_parent.get();
  const pid_t pid = fork();
  if (pid < 0) return disk::system_fault("receive.accept", "fork", errno);
  if (pid == 0) run_child(work);
  children_.push_back({pid, work.id, work.peer, std::move(from_child), false});
  reporter_->changed();
  return base::Done{};
}

void Receiver::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto child = std::find_if(children_.begin(), children_.end(),
                                    [pid](const Child& each) { return each.pid == pid; });
    if (child == children_.end()) continue;
    child_ended(*child, status);
    children_.erase(child);
  }
}

void Receiver::child_ended(Child& child, int status) {
  if (WIFSIGNALED(status)) events::child_crashed(child.id, WTERMSIG(status));
  forget(child.id);
  // Dispatch sweeps the spool when it starts: what it missed long ago need not be kept for it.
  if (ended_.size() >= kMostEnded) ended_.erase(ended_.begin());
  ended_.push_back(child.id);
  reporter_->changed();
}

void Receiver::begin_stopping() {
  if (stop_at_) return;
  stop_at_ = clock_.monotonic() + kStopPatience;
  events::stopping(children_.size());
  supervise::stopping();
  listeners_.clear();
  for (const Child& child : children_) kill(child.pid, SIGUSR1);
}

void Receiver::stop_children_in_time(base::Milliseconds now) {
  if (!stop_at_ || now < *stop_at_) return;
  for (const Child& child : children_) kill(child.pid, SIGKILL);
  stop_at_ = now + kStopPatience;
}

}  // namespace receive
