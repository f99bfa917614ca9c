#include "service/dispatch.h"

#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "jobs/receive.h"
#include "journal/events.h"
#include "service/answer.h"
#include "service/metrics.h"
#include "supervise/supervise.h"

namespace service {
namespace {

constexpr base::Milliseconds kTick = 200;
constexpr base::Milliseconds kLeaseSilence =
    15 * 60'000;  // a child that says nothing for this long is given up
constexpr std::size_t kMaxConnections = 500;

// Who may connect takes jobs and the keys in them: each socket is its role's alone where the
// package made groups for that. Elsewhere, or when we are not in the group, it stays our own.
void give_to_group(const std::string& path, const std::string& name) {
  const group* found = getgrnam(("dcmcourier-" + name).c_str());
  if (found != nullptr) [[maybe_unused]]
    const int given = chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid);
}

}  // namespace

const char* Dispatch::name_of(Peer peer) {
  switch (peer) {
    case Peer::Work:
      return "work";
    case Peer::Verify:
      return "verify";
    case Peer::Send:
      return "send";
    case Peer::Receive:
      return "receive";
    case Peer::Control:
      return "control";
  }
  return "";
}

Dispatch::Dispatch(House& house) : house_(house), stages_(compose(house)) {}
Dispatch::~Dispatch() = default;

base::Result<std::unique_ptr<Dispatch>> Dispatch::create(House& house) {
  std::unique_ptr<Dispatch> dispatch(new Dispatch(house));
  dispatch->epoll_ = disk::Descriptor(epoll_create1(EPOLL_CLOEXEC));
  sigset_t watched;
  sigemptyset(&watched);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&watched, signal);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  dispatch->signals_ = disk::Descriptor(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!dispatch->epoll_.valid() || !dispatch->signals_.valid())
    return disk::system_fault("service.dispatch", "epoll", errno);
  TRY(dispatch->watch(dispatch->signals_.get()));
  TRY(dispatch->listen());
  dispatch->metrics_ = TRY(metrics::Socket::create(house.socket_path("metrics"),
                                                   [&house] { return metrics_text(house); }));
  give_to_group(house.socket_path("metrics"), "metrics");
  TRY(dispatch->watch(dispatch->metrics_->fd()));
  return dispatch;
}

base::Status Dispatch::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return disk::system_fault("service.dispatch", "epoll_ctl", errno);
  return base::Done{};
}

base::Status Dispatch::listen() {
  for (const Peer peer : {Peer::Work, Peer::Verify, Peer::Send, Peer::Receive, Peer::Control}) {
    auto socket = TRY(jobs::listen_seqpacket(house_.socket_path(name_of(peer))));
    give_to_group(house_.socket_path(name_of(peer)), name_of(peer));
    TRY(watch(socket.get()));
    listeners_[socket.get()] = peer;
    listening_.push_back(std::move(socket));
  }
  return base::Done{};
}

void Dispatch::take_connections(Peer peer, int listener) {
  for (;;) {
    disk::Descriptor socket(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    if (connections_.size() >= kMaxConnections) continue;
    const int fd = socket.get();
    // A reply that waits for a slow reader must not block the loop: buffers take a whole packet.
    const int size = 512 * 1024;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (!watch(fd).ok()) continue;
    auto connection = std::make_shared<Connection>();
    connection->peer = peer;
    connection->socket = std::move(socket);
    connections_[fd] = std::move(connection);
    if (peer == Peer::Receive) house_.hints.receive_connected = true;
  }
}

void Dispatch::take_message(const std::shared_ptr<Connection>& connection) {
  // An event of a descriptor that was closed and given out again in the same batch is not this
  // one's.
  pollfd ready{connection->socket.get(), POLLIN, 0};
  if (poll(&ready, 1, 0) <= 0) return;
  auto packet = jobs::receive_packet(connection->socket.get());
  if (!packet.ok() || !packet.value()) {
    if (!packet.ok()) journal::fault("message", packet.fault());
    close(connection->socket.get());
    return;
  }
  switch (connection->peer) {
    case Peer::Receive:
      take_report(*packet.value());
      break;
    case Peer::Control:
      take_request(connection, *packet.value());
      break;
    default:
      take_from_child(*connection, *packet.value());
      if (connection->finished) close(connection->socket.get());
  }
}

void Dispatch::take_from_child(Connection& connection, const jobs::Packet& packet) {
  auto message = jobs::parse_from_child(packet);
  connection.deadline = house_.clock.monotonic() + kLeaseSilence;
  if (connection.lease == nullptr || !message.ok()) {
    connection.finished = true;  // closing tells the lease that it is lost
    return;
  }
  if (const auto* progress = std::get_if<jobs::Progress>(&message.value())) {
    connection.lease->progress = *progress;
    if (!connection.lease->wanted()) connection.finished = true;
    return;
  }
  if (const auto* fetch = std::get_if<jobs::Fetch>(&message.value())) {
    auto more = connection.lease->more(*fetch);
    const auto sent = more.ok() ? jobs::send_packet(connection.socket.get(), more.value())
                                : std::move(more).fault();
    if (!sent.ok()) {
      journal::fault(connection.lease->what, sent.fault());
      connection.finished = true;
    }
    return;
  }
  auto lease = std::move(connection.lease);
  connection.finished = true;
  auto done = lease->finish(std::move(message).value());
  if (done.ok()) return;
  journal::fault(lease->what, done.fault());
  // A reply that does not fit is as good as none; a ledger that is busy is tried again.
  if (done.fault().remedy == base::Remedy::Reject) done = lease->lost();
  if (!done.ok()) journal::fault(lease->what, done.fault());
}

void Dispatch::take_report(const jobs::Packet& packet) {
  auto report = jobs::parse_report(packet);
  if (!report.ok()) {
    journal::fault("report of receive", report.fault());
    return;
  }
  house_.hints.open.clear();
  for (const auto& association : report.value().open)
    house_.hints.open[association.id] = association.in_flight;
  house_.hints.receive_reported = true;
  next_tick_ = 0;
}

void Dispatch::take_request(const std::shared_ptr<Connection>& connection,
                            const jobs::Packet& packet) {
  const auto request = control::parse_request(packet.text);
  auto reply_to = [weak = std::weak_ptr<Connection>(connection)](const control::Reply& reply) {
    if (const auto live = weak.lock()) {
      jobs::Packet answer;
      answer.text = control::write(reply);
      const auto sent = jobs::send_packet(live->socket.get(), answer);
      if (sent.ok()) return;
      journal::fault("answer", sent.fault());
      live->finished = true;  // closed, or who asked would wait for ever
    }
  };
  if (!request.ok()) {
    reply_to({65, "a request that is not understood", {}, {}});
    return;
  }
  note_children();
  std::vector<Running> running;
  for (const auto& [fd, other] : connections_)
    if (other->lease != nullptr) running.push_back({other->lease->what, other->lease->progress});
  answer(house_, *stages_.errands, running, request.value(), reply_to);
  next_tick_ = 0;
}

void Dispatch::close(int fd) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  const auto connection = std::move(found->second);
  connections_.erase(found);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  if (connection->peer == Peer::Receive) {
    house_.hints.receive_connected = false;
    for (const auto& [other_fd, other] : connections_)
      house_.hints.receive_connected |= other->peer == Peer::Receive;
    if (!house_.hints.receive_connected) house_.hints.open.clear();
    house_.hints.receive_reported = false;
  }
  if (connection->lease == nullptr) return;
  if (connection->lease->wanted()) ++house_.hints.children_lost[name_of(connection->peer)];
  const auto done = connection->lease->lost();
  if (!done.ok()) journal::fault(connection->lease->what, done.fault());
}

bool Dispatch::hand_out_one(Stage& stage) {
  const Peer wanted = stage.role() == Role::Work     ? Peer::Work
                      : stage.role() == Role::Verify ? Peer::Verify
                                                     : Peer::Send;
  for (const auto& [fd, connection] : connections_) {
    if (connection->peer != wanted || connection->lease != nullptr || connection->finished)
      continue;
    auto lease = stage.claim();
    if (!lease.ok()) {
      complain(house_, "claim", lease.fault());
      return false;
    }
    if (lease.value() == nullptr) return false;
    connection->lease = std::move(lease).value();
    connection->deadline = house_.clock.monotonic() + kLeaseSilence;
    const auto sent = jobs::send_packet(fd, connection->lease->take_job());
    if (sent.ok()) return true;
    // A child that died between connecting and now: nothing was lost but the claim. A job that
    // cannot be sent at all must not come back at once for ever.
    connection->finished = true;
    const auto lost = std::move(connection->lease);
    if (sent.fault().remedy == base::Remedy::RetryLater) return true;
    complain(house_, lost->what, sent.fault());
    const auto noted = lost->lost();
    if (!noted.ok()) complain(house_, lost->what, noted.fault());
    return true;
  }
  return false;
}

// A claim may derive keys from a code, which takes a quarter of a second. Whoever has something to
// say meanwhile, such as that a mail was taken, is heard before the next one.
void Dispatch::hand_out() {
  for (auto& stage : stages_.all)
    while (hand_out_one(*stage))
      if (is_spoken_to()) return;
}

bool Dispatch::is_spoken_to() const {
  pollfd ready{epoll_.get(), POLLIN, 0};
  return poll(&ready, 1, 0) > 0;
}

void Dispatch::drop_overdue() {
  std::vector<int> overdue;
  for (const auto& [fd, connection] : connections_)
    if (connection->finished ||
        (connection->lease != nullptr && house_.clock.monotonic() > connection->deadline))
      overdue.push_back(fd);
  for (int fd : overdue) close(fd);
}

void Dispatch::note_children() {
  for (const auto& [fd, connection] : connections_)
    house_.hints.seen[name_of(connection->peer)] = house_.clock.monotonic();
}

void Dispatch::take_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGHUP) {
      supervise::reloading();
      reload();
      supervise::serving();
    }
    if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT) continue;
    supervise::stopping();
    stopping_ = true;
  }
}

void Dispatch::reload() {
  auto loaded = settings::load(house_.configuration_path);
  if (!loaded.complaints.empty()) {
    for (const auto& complaint : loaded.complaints)
      journal::fault("settings",
                     base::ask_administrator("settings", settings::to_string(complaint)));
    journal::settings_refused(loaded.complaints.size());
    return;
  }
  const auto swapped = swap_settings(house_, std::move(loaded.settings));
  if (!swapped.ok()) journal::fault("settings", swapped.fault());
  if (swapped.ok()) journal::settings_swapped(house_.settings.revision);
}

void Dispatch::tick() {
  if (house_.clock.monotonic() < next_tick_) return;
  next_tick_ = house_.clock.monotonic() + kTick;
  note_children();
  if (!house_.has("send")) stages_.errands->give_up();
  metrics_->turn(house_.clock.monotonic());
  drop_overdue();
  run_steps(house_);
}

int Dispatch::run() {
  supervise::serving();
  journal::dispatch_ready(house_.settings.revision);
  std::array<epoll_event, 64> events{};
  while (!stopping_) {
    const auto wait = std::max<base::Milliseconds>(0, next_tick_ - house_.clock.monotonic());
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(std::min(wait, kTick)));
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      const auto listener = listeners_.find(fd);
      const auto connection = connections_.find(fd);
      if (fd == signals_.get()) take_signals();
      if (fd == metrics_->fd()) metrics_->turn(house_.clock.monotonic());
      if (listener != listeners_.end()) take_connections(listener->second, fd);
      if (connection != connections_.end())
        take_message(std::shared_ptr<Connection>(connection->second));
    }
    tick();
    hand_out();
    supervise::turned();
  }
  return 0;
}

}  // namespace service
