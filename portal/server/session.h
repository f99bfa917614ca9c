// One connection: requests read and answered one after another, each wait with its end. The members
// are in session.cpp; Beast compiles slowly.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "portal/http.h"
#include "portal/places.h"

namespace portal {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

// What a connection knows of its listener.
struct Door {
  std::string name;
  Service* service = nullptr;
  std::chrono::seconds header_time{15};
  std::atomic<bool>* draining = nullptr;
  std::atomic<int>* running = nullptr;  // requests being answered
  asio::any_io_executor disk;           // where what may wait for a disk is done
};

// Does `work` on another executor. It may refer to what is in the frame of the coroutine that
// awaits this; it captures references and numbers alone, as GCC 12 destroys other captures of a
// lambda within a co_await twice.
template <typename Work>
asio::awaitable<std::invoke_result_t<const Work&>> done_on(const asio::any_io_executor& executor,
                                                           const Work& work) {
  auto wait = [&work]() -> asio::awaitable<std::invoke_result_t<const Work&>> { co_return work(); };
  return asio::co_spawn(executor, std::move(wait), asio::use_awaitable);
}

template <typename Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, Door door, std::string address, std::shared_ptr<Place> place,
          std::shared_ptr<void> keeps)
      : stream_(std::move(stream)),
        door_(std::move(door)),
        address_(std::move(address)),
        place_(std::move(place)),
        keeps_(std::move(keeps)) {}

  asio::any_io_executor executor() { return stream_.get_executor(); }
  void may_give_way();  // before run(), in the thread that takes places
  asio::awaitable<void> run();

 private:
  using Parser = http::request_parser<http::buffer_body>;

  struct Counted {
    explicit Counted(std::atomic<int>& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::atomic<int>& count_;
  };

  static auto into(ErrorCode& error) { return asio::redirect_error(asio::use_awaitable, error); }
  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }

  // Whether it keeps its place now that a request has come whole; if not, it is cut.
  bool begin_request();

  // At once and without what still lies in the socket's buffer.
  void cut();

  // Off the connection's loop, on which others wait as well.
  template <typename Work>
  asio::awaitable<std::invoke_result_t<const Work&>> on_disk(const Work& work) {
    return done_on(door_.disk, work);
  }

  asio::awaitable<bool> one_request();

  asio::awaitable<void> refuse_header(ErrorCode error);

  Head head_of(Parser& parser) const;

  asio::awaitable<Response> response_to(const Head& head, Parser& parser);

  asio::awaitable<void> say_continue(Parser& parser);

  // A small body, whole, within one deadline. 0: it is there.
  asio::awaitable<unsigned> read_body(Parser& parser, std::size_t limit, std::string& body);

  asio::awaitable<Response> fill(Sink& sink, Parser& parser);

  // Of the body what fits, less at its end or when the peer fails.
  asio::awaitable<base::ByteView> take_in(Parser& parser, std::span<std::uint8_t> chunk);

  asio::awaitable<std::size_t> read_some(Parser& parser, std::span<std::uint8_t> chunk);

  // An answer came before the body was read: without this the peer's own writing would reset the
  // connection before it has read the answer.
  asio::awaitable<void> discard_rest(Parser& parser);

  asio::awaitable<std::uint64_t> write(const Head& head, Response& response, bool keep);

  asio::awaitable<std::uint64_t> send_part(std::shared_ptr<FilePart> part);

  // A peer that reads slowly must not outlive its share: the state is read every second as well.
  static asio::awaitable<void> watch(std::shared_ptr<Session> self, std::shared_ptr<FilePart> part,
                                     std::shared_ptr<asio::steady_timer> timer,
                                     std::shared_ptr<bool> over);

  asio::awaitable<void> say_goodbye();

  Stream stream_;
  Door door_;
  std::string address_;
  std::shared_ptr<Place> place_;
  std::shared_ptr<void> keeps_;  // the TLS context
  beast::flat_buffer buffer_{512 * 1024};
  bool first_ = true, failed_ = false, cut_ = false;
};

extern template class Session<PlainStream>;
extern template class Session<TlsStream>;

}  // namespace portal
