#include "portal/transport.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <optional>
#include <thread>

#include "base/panic.h"
#include "portal/places.h"
#include "portal/rate.h"
#include "portal/session.h"
#include "supervise/supervise.h"

namespace portal {
namespace {

using asio::ip::tcp;

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? '[' + host + ']' : host) + ':' +
         std::to_string(endpoint.port());
}

// A portal that no longer accepts, or keeps no time, must not look healthy.
void never_fails(const std::exception_ptr& failure) {
  if (failure) PANIC("the portal's loop failed");
}

// An IPv4 peer of an IPv6 socket is shown and counted as IPv4.
std::string peer_of(const tcp::socket& socket) {
  ErrorCode error;
  const auto address = socket.remote_endpoint(error).address();
  if (error) return "unknown";
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

template <typename Stream>
void spawn(const std::shared_ptr<Session<Stream>>& session) {
  session->may_give_way();
  asio::co_spawn(
      session->executor(), [session] { return session->run(); }, asio::detached);
}

}  // namespace

struct Transport::State {
  explicit State(const Limits& given) : limits(given), disk(given.threads) {
    for (unsigned i = 0; i < given.threads; ++i)
      loops.push_back(std::make_unique<asio::io_context>(1));
    signals.emplace(*loops.front(), SIGTERM, SIGINT, SIGHUP);
  }

  struct Open {
    Listener listener;
    tcp::acceptor acceptor;
    std::shared_ptr<Places> places;
  };

  base::Result<std::string> listen(const Listener& listener);
  bool begin(Open& open, tcp::socket socket);  // false: no memory for it
  void serve(Open& open, tcp::socket socket);
  asio::awaitable<void> on_disk(const std::function<void()>& work) {
    return done_on(disk.get_executor(), work);
  }
  asio::awaitable<void> accept(Open& open);
  asio::awaitable<void> heed_signals(std::function<void()> reload);
  asio::awaitable<void> keep_ticking(std::function<void()> tick);
  asio::awaitable<void> drain();
  void run();
  Door door_of(const Open& open);

  asio::io_context& next_loop() { return *loops[next++ % loops.size()]; }

  const Limits limits;
  // A loop for each thread, so that a connection stays on one and none of it is locked or handed
  // on. Whatever may wait for the disk is done elsewhere.
  std::vector<std::unique_ptr<asio::io_context>> loops;
  std::optional<asio::signal_set> signals;  // from before anybody is told where we listen
  std::atomic<std::size_t> next{0};
  asio::thread_pool disk;
  std::vector<std::unique_ptr<Open>> open;
  std::atomic<bool> draining{false};
  std::atomic<int> running{0};
};

base::Result<std::string> Transport::State::listen(const Listener& listener) {
  ListenAddress address;
  if (!parse_listen(listener.address, address))
    return base::ask_administrator("portal.listen", "not an address: " + listener.address);
  ErrorCode error;
  const tcp::endpoint endpoint(asio::ip::make_address(address.host, error), address.port);
  tcp::acceptor acceptor(next_loop());
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return base::ask_administrator("portal.listen", listener.address + ": " + error.message());
  const auto bound = text_of(acceptor.local_endpoint());
  open.push_back(std::make_unique<Open>(
      Open{listener, std::move(acceptor),
           std::make_shared<Places>(limits.connections, limits.connections_per_address)}));
  return bound;
}

Door Transport::State::door_of(const Open& at) {
  return {
      at.listener.name, at.listener.service, std::chrono::seconds(limits.header_seconds), &draining,
      &running,         disk.get_executor()};
}

bool Transport::State::begin(Open& at, tcp::socket socket) {
  try {
    serve(at, std::move(socket));
    return true;
  } catch (const std::exception&) {  // of Asio and OpenSSL, when they get no memory
    return false;
  }
}

void Transport::State::serve(Open& at, tcp::socket socket) {
  ErrorCode ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const std::string address = peer_of(socket);
  const auto place = at.places->take(network_of(address));
  if (!place) return;
  beast::tcp_stream stream(std::move(socket));
  if (!at.listener.tls)
    return spawn(std::make_shared<Session<PlainStream>>(std::move(stream), door_of(at), address,
                                                        place, nullptr));
  const std::shared_ptr<Tls> tls = at.listener.tls();
  SSL_CTX_up_ref(tls->context());
  asio::ssl::context context(tls->context());
  spawn(std::make_shared<Session<TlsStream>>(TlsStream(std::move(stream), context), door_of(at),
                                             address, place, tls));
}

asio::awaitable<void> Transport::State::accept(Open& at) {
  while (!draining) {
    ErrorCode error;
    tcp::socket socket(next_loop());
    co_await at.acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (!error && begin(at, std::move(socket))) continue;
    // Out of descriptors, mostly: those that end make room.
    asio::steady_timer pause(at.acceptor.get_executor(), std::chrono::milliseconds(100));
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

asio::awaitable<void> Transport::State::heed_signals(std::function<void()> reload) {
  for (;;) {
    ErrorCode error;
    const int number =
        co_await signals->async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (number != SIGHUP) break;
    co_await on_disk(reload);
  }
  co_await drain();
}

asio::awaitable<void> Transport::State::drain() {
  draining = true;
  supervise::stopping();
  for (auto& each : open)
    asio::post(each->acceptor.get_executor(), [&acceptor = each->acceptor] {
      ErrorCode ignored;
      acceptor.close(ignored);
    });
  asio::steady_timer timer(*loops.front());
  for (int tenths = 0; tenths < 100 && running > 0; ++tenths) {
    ErrorCode error;
    timer.expires_after(std::chrono::milliseconds(100));
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  for (auto& loop : loops) loop->stop();
}

asio::awaitable<void> Transport::State::keep_ticking(std::function<void()> tick) {
  asio::steady_timer timer(*loops.front());
  for (;;) {
    ErrorCode error;
    timer.expires_after(std::chrono::seconds(1));
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error || draining) co_return;
    co_await on_disk(tick);
  }
}

// The work that holds each loop open until stop(): one without a connection must not end.
void Transport::State::run() {
  std::vector<std::thread> threads;
  for (auto& loop : loops)
    threads.emplace_back([&loop = *loop] {
      const auto kept = asio::make_work_guard(loop);
      loop.run();
    });
  for (auto& thread : threads) thread.join();
  disk.join();  // before the loops go, to which it answers
  // Whoever asks a second time must not cut short what the first one began.
  sigset_t asked;
  sigemptyset(&asked);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&asked, number);
  pthread_sigmask(SIG_BLOCK, &asked, nullptr);
}

Transport::Transport(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
Transport::~Transport() = default;

base::Result<std::string> Transport::listen(const Listener& listener) {
  return state_->listen(listener);
}

void Transport::run(const std::function<void()>& reload, const std::function<void()>& tick) {
  State& state = *state_;
  asio::io_context& first = *state.loops.front();
  for (auto& each : state.open)
    asio::co_spawn(each->acceptor.get_executor(), state.accept(*each), never_fails);
  asio::co_spawn(first, state.heed_signals(reload), never_fails);
  asio::co_spawn(first, state.keep_ticking(tick), never_fails);
  state.run();
}

}  // namespace portal
