// The processes of the associations: begun, listened to, ended.
#include <fcntl.h>
#include <sys/socket.h>
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

constexpr std::size_t kMostEnded = 1024;
constexpr base::Milliseconds kStopPatience = 10'000;

std::string new_id() {
  std::array<std::uint8_t, 16> id{};
  seal::random_bytes(id);
  return base::to_hex(id);
}

// Opened again to read: the child that syncs it talks with the peer, and must not be able to change
// what routes trust.
base::Result<disk::Descriptor> write_file(int folder, const char* name, const std::string& text) {
  const disk::Descriptor file(
      openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!file.valid() || fchmod(file.get(), 0660) != 0)
    return disk::system_fault("receive.accept", name, errno);
  TRY(disk::write_all(file.get(), base::as_bytes(text)));
  return disk::open_read(folder, name);
}

}  // namespace

base::Status Receiver::begin_association(const Caller& caller, base::Milliseconds now) {
  const Connection& connection = caller.connection;
  ChildWork work;
  work.spool_point = TRY(read_key());
  work.id = new_id();
  const spool::Origin origin{caller.listener, connection.peer.text(), "", clock_.now()};
  const Folder folder = TRY(make_folder(work.id, origin));
  work.socket = connection.socket.get();
  work.folder = folder.folder.get();
  work.origin = folder.origin.get();
  work.spool = spool_.get();
  work.peer = connection.peer;
  work.policy = configuration_.policy;
  work.times = configuration_.times;
  work.tls = tls_;
  work.over_tls = caller.tls;
  work.times.associate -= now - caller.since;
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

// Not synced here, where it would keep everybody waiting: the child does so before it stores.
base::Result<Receiver::Folder> Receiver::make_folder(const std::string& id,
                                                     const spool::Origin& origin) {
  if (mkdirat(spool_.get(), id.c_str(), 0770) != 0)
    return disk::system_fault("receive.accept", "mkdir", errno);
  disk::Descriptor folder(
      openat(spool_.get(), id.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) return disk::system_fault("receive.accept", "open", errno);
  auto file = write_file(folder.get(), "origin", spool::write_origin(origin));
  if (file.ok()) return Folder{std::move(folder), std::move(file).value()};
  forget(id);
  return std::move(file).fault();
}

base::Status Receiver::start_child(ChildWork work) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return disk::system_fault("receive.accept", "socketpair", errno);
  disk::Descriptor to_child(ends[0]);
  const disk::Descriptor to_parent(ends[1]);
  fcntl(to_child.get(), F_SETFL, O_NONBLOCK);
  work.progress = to_parent.get();
  const pid_t pid = fork();
  if (pid < 0) return disk::system_fault("receive.accept", "fork", errno);
  if (pid == 0) run_child(work);
  children_.push_back({pid, work.id, work.peer, std::move(to_child), clock_.monotonic()});
  reporter_->changed();
  return base::Done{};
}

void Receiver::read_progress(Child& child) {
  char bytes[512];
  const ssize_t n = read(child.progress.get(), bytes, sizeof bytes);
  if (n <= 0) {  // its end: SIGCHLD follows
    if (n == 0) child.progress.close();
    return;
  }
  const char last = bytes[n - 1];
  if (last == static_cast<char>(Progress::Asks)) answer(child);
  child.in_flight = last == static_cast<char>(Progress::InFlight);
  reporter_->changed();
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
  if (WIFSIGNALED(status) && !child.gives_way) events::child_crashed(child.id, WTERMSIG(status));
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
  end_silent_ones(clock_.monotonic(), true);
  for (const Child& child : children_) kill(child.pid, SIGUSR1);
}

void Receiver::stop_children_in_time(base::Milliseconds now) {
  if (!stop_at_ || now < *stop_at_) return;
  for (const Child& child : children_) kill(child.pid, SIGKILL);
  stop_at_ = now + kStopPatience;
}

}  // namespace receive
