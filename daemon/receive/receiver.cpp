#include "receive/receiver.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "receive/confine.h"
#include "receive/events.h"
#include "seal/primitives.h"
#include "spool/scan.h"
#include "supervise/supervise.h"

namespace receive {
namespace {

constexpr std::size_t kPointSize = 65;
constexpr base::Milliseconds kComplainAboutKey = 10'000;
constexpr int kLookForKey = 200;
constexpr base::UnixSeconds kDay = 86400;

base::Result<disk::Descriptor> signal_descriptor() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  disk::Descriptor fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return disk::system_fault("receive.start", "signalfd", errno);
  return fd;
}

// What OpenSSL loads and allocates once is there before the first fork, which finds no files.
void prepare_cryptography() {
  const seal::KeyPair pair = seal::generate_p256();
  [[maybe_unused]] const auto sealed = seal::seal_bytes(pair.scalar, {}, pair.point);
}

}  // namespace

base::Result<std::unique_ptr<Receiver>> Receiver::create(Configuration configuration) {
  std::unique_ptr<Receiver> receiver(new Receiver());
  receiver->configuration_ = std::move(configuration);
  forbid_dumps();
  prepare_cryptography();
  receiver->signals_ = TRY(signal_descriptor());
  TRY(receiver->take_spool());
  receiver->reporter_ = std::make_unique<Reporter>(receiver->configuration_.report_socket);
  return receiver;
}

base::Status Receiver::take_spool() {
  TRY(disk::make_folder(configuration_.spool, 0770));
  spool_ = TRY(disk::open_folder(configuration_.spool));
  lock_ = disk::Descriptor(
      openat(spool_.get(), "receive.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!lock_.valid()) return disk::system_fault("receive.start", "receive.lock", errno);
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return base::ask_administrator("receive.start", "another receiver has this spool");
  const std::uint32_t swept = TRY(spool::sweep(spool_.get()));
  if (swept != 0) events::folders_swept(swept);
  return base::Done{};
}

base::Result<base::Bytes> Receiver::read_key() const {
  base::Bytes point = TRY(disk::read_small_file(configuration_.spool + "/key.pub", kPointSize));
  if (point.size() != kPointSize) return base::reject("receive.key", "key.pub: not a point");
  return point;
}

// False: told to stop before there was one.
base::Result<bool> Receiver::wait_for_key() {
  std::optional<base::Milliseconds> complained;
  for (;;) {
    const auto key = read_key();
    if (key.ok()) return true;
    const base::Milliseconds now = clock_.monotonic();
    if (!complained || now - *complained >= kComplainAboutKey) {
      events::waiting_for_key(key.fault());
      complained = now;
    }
    pollfd signal{signals_.get(), POLLIN, 0};
    poll(&signal, 1, kLookForKey);
    take_signals({});
    if (stop_at_) return false;
  }
}

base::Status Receiver::listen_where_configured() {
  for (const std::string& address : configuration_.listen)
    listeners_.push_back(TRY(listen_on(address)));
  for (const std::string& address : configuration_.tls_listen) {
    listeners_.push_back(TRY(listen_on(address)));
    listeners_.back().tls = true;
  }
  return base::Done{};
}

// What cannot be used leaves what is in force; then TLS alone is refused, and the rest goes on.
void Receiver::load_tls() {
  // Also when a reload took the certificate away: who comes to the TLS port then is turned away.
  if (configuration_.tls_listen.empty() || configuration_.tls.certificate.empty())
    return tls_.reset();
  auto loaded = tls::Server::create(configuration_.tls);
  if (!loaded.ok()) return events::tls_not_loaded(loaded.fault(), tls_ != nullptr);
  tls_ = std::move(loaded).value();
  events::tls_loaded((tls_->not_after() - clock_.now()) / kDay);
}

base::Status Receiver::start_listening() {
  listeners_ = TRY(inherited_listeners());
  if (listeners_.empty()) TRY(listen_where_configured());
  if (listeners_.empty()) return base::ask_administrator("receive.listen", "nowhere to listen");
  for (const Listener& listener : listeners_) {
    events::listening(listener.name, listener.tls);
    std::printf("listening %s%s\n", listener.name.c_str(), listener.tls ? " tls" : "");
  }
  std::fflush(stdout);
  supervise::serving();
  return base::Done{};
}

base::Status Receiver::run(const Reload& reload) {
  const bool key = TRY(wait_for_key());
  if (!key) return base::Done{};
  load_tls();
  TRY(start_listening());
  while (!stop_at_ || !children_.empty()) {
    turn(reload);
    supervise::turned();
  }
  return base::Done{};
}

int Receiver::poll_timeout(base::Milliseconds now) const {
  base::Milliseconds timeout = reporter_->next(now);
  if (refused_.size() + silent_.size() != 0 || accept_again_ > now)
    timeout = std::min<base::Milliseconds>(timeout, 500);
  if (silent_.anyone_spoke()) timeout = std::min<base::Milliseconds>(timeout, 50);
  if (stop_at_) timeout = std::min<base::Milliseconds>(timeout, 100);
  return static_cast<int>(timeout);
}

void Receiver::turn(const Reload& reload) {
  base::Milliseconds now = clock_.monotonic();
  std::vector<pollfd> polled{{signals_.get(), POLLIN, 0}};
  for (const Listener& listener : listeners_)
    polled.push_back({now < accept_again_ ? -1 : listener.socket.get(), POLLIN, 0});
  for (const Child& child : children_) polled.push_back({child.progress.get(), POLLIN, 0});
  refused_.append_to(polled);
  silent_.append_to(polled);
  poll(polled.data(), polled.size(), poll_timeout(now));

  now = clock_.monotonic();
  const pollfd* found = polled.data() + 1 + listeners_.size();
  for (Child& child : children_)
    if ((found++)->revents != 0) read_progress(child);
  silent_.note(found + refused_.size());
  refused_.serve(found, now);
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    if (polled[1 + i].revents != 0) accept_from(listeners_[i], now);
  if (polled[0].revents != 0) take_signals(reload);
  serve_callers(now);
  end_silent_ones(now, false);
  stop_children_in_time(now);
  const bool told = reporter_->tick(clock_.monotonic(), [this] { return report(); });
  if (told && !ended_.empty()) {
    ended_.clear();
    reporter_->changed();
  }
}

jobs::ReceiveReport Receiver::report() const {
  jobs::ReceiveReport report;
  for (const Child& child : children_) report.open.push_back({child.id, child.in_flight});
  // One that began and ended between two reports is named once all the same, or dispatch would not
  // look for what it stored; the next report, without it, says that it has ended.
  for (const std::string& id : ended_) report.open.push_back({id, false});
  return report;
}

void Receiver::take_signals(const Reload& reload) {
  signalfd_siginfo signal{};
  while (read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo == SIGCHLD) reap();
    if (signal.ssi_signo == SIGHUP && reload) {
      supervise::reloading();
      reload_settings(reload);
      supervise::serving();
    }
    if (signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT) begin_stopping();
  }
}

void Receiver::reload_settings(const Reload& reload) {
  std::optional<Configuration> next = reload();
  if (!next) return events::settings_kept();
  const bool same_place =
      next->listen == configuration_.listen && next->tls_listen == configuration_.tls_listen &&
      next->spool == configuration_.spool && next->report_socket == configuration_.report_socket;
  if (!same_place) events::listening_change_ignored();
  next->listen = configuration_.listen;
  next->tls_listen = configuration_.tls_listen;
  next->spool = configuration_.spool;
  next->report_socket = configuration_.report_socket;
  configuration_ = std::move(*next);
  load_tls();
  events::settings_reloaded();
}

}  // namespace receive
