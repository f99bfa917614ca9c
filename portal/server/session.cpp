#include "portal/session.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "portal/access_log.h"

namespace portal {
namespace {

constexpr auto kChunkSeconds = std::chrono::seconds(30);  // 64 KiB out, or anything in
constexpr auto kBodySeconds = std::chrono::seconds(15);
constexpr std::size_t kSendChunk = 64 * 1024;
constexpr std::size_t kTakeChunk = 1024 * 1024;
constexpr std::size_t kDiscardChunk = 16 * 1024;
constexpr std::size_t kReadAhead = 256 * 1024;
constexpr std::uint64_t kLiveEvery = std::uint64_t{1} << 20;
constexpr std::uint32_t kHeaderLimit = 8 * 1024;

}  // namespace

template <typename Stream>
void Session<Stream>::may_give_way() {
  place_->on_giving_way([weak = this->weak_from_this(), executor = executor()] {
    asio::post(executor, [weak] {
      if (const auto session = weak.lock()) session->cut();
    });
  });
}

template <typename Stream>
asio::awaitable<void> Session<Stream>::run() {
  auto self = this->shared_from_this();
  tcp().expires_after(door_.header_time);
  if constexpr (std::is_same_v<Stream, TlsStream>) {
    ErrorCode error;
    co_await stream_.async_handshake(asio::ssl::stream_base::server, into(error));
    if (error) co_return;
  }
  bool more = true;
  while (more && !*door_.draining) more = co_await one_request();
  if (!cut_) co_await say_goodbye();
}

template <typename Stream>
bool Session<Stream>::begin_request() {
  if (place_->begin()) return true;
  cut();
  return false;
}

template <typename Stream>
void Session<Stream>::cut() {
  cut_ = true;
  ErrorCode ignored;
  tcp().socket().set_option(asio::socket_base::linger(true, 0), ignored);
  tcp().close();
}

template <typename Stream>
asio::awaitable<bool> Session<Stream>::one_request() {
  Parser parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(boost::none);
  ErrorCode error;
  if (!first_ && !place_->wait()) co_return false;
  if (!first_) tcp().expires_after(door_.header_time);
  first_ = false;
  co_await http::async_read_header(stream_, buffer_, parser, into(error));
  if (error) {
    co_await refuse_header(error);
    co_return false;
  }
  // A coding that is not known says nothing of where the body ends (RFC 9112 section 6.3): whoever
  // stands between may read on elsewhere.
  if (parser.get().count(http::field::transfer_encoding) != 0 && !parser.chunked()) {
    co_await refuse_header(http::make_error_code(http::error::bad_transfer_encoding));
    co_return false;
  }
  const Counted counted(*door_.running);
  const Head head = head_of(parser);
  Response response = co_await response_to(head, parser);
  const bool keep = parser.is_done() && parser.keep_alive() && !response.close && !*door_.draining;
  const std::uint64_t sent = co_await write(head, response, keep);
  log_access(door_.name, address_, head.method, head.target, response.status(), sent);
  if (!cut_ && !parser.is_done()) co_await discard_rest(parser);
  co_return keep && !cut_;
}

template <typename Stream>
asio::awaitable<void> Session<Stream>::refuse_header(ErrorCode error) {
  const bool http_error =
      error.category() == http::make_error_code(http::error::bad_target).category();
  if (!http_error || error == http::error::end_of_stream || error == http::error::partial_message) {
    cut_ = true;
    co_return;
  }
  tcp().expires_after(kBodySeconds);
  Response response = door_.service->refuse(error == http::error::header_limit ? 431 : 400);
  Head head;
  head.method = "GET";
  co_await write(head, response, false);
  log_access(door_.name, address_, "-", "-", response.status(), 0);
}

template <typename Stream>
Head Session<Stream>::head_of(Parser& parser) const {
  Head head;
  const auto& message = parser.get();
  head.method = std::string(message.method_string());
  head.target = std::string(message.target());
  head.address = address_;
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    std::string& value = head.headers[name];
    if (!value.empty()) value += ", ";
    value += std::string(field.value());
  }
  if (const auto length = parser.content_length()) head.content_length = *length;
  return head;
}

template <typename Stream>
asio::awaitable<Response> Session<Stream>::response_to(const Head& head, Parser& parser) {
  if (parser.is_done() && !begin_request()) co_return door_.service->refuse(503);
  Plan plan = co_await on_disk([&] { return door_.service->admit(head); });
  if (auto* response = std::get_if<Response>(&plan)) co_return std::move(*response);
  co_await say_continue(parser);
  if (auto* sink = std::get_if<std::unique_ptr<Sink>>(&plan)) {
    if (!begin_request()) co_return door_.service->refuse(503);
    co_return co_await fill(**sink, parser);
  }
  const std::size_t limit = std::get<ReadBody>(plan).limit;
  if (head.content_length.value_or(0) > limit) co_return door_.service->refuse(413);
  std::string body;
  const unsigned refusal = co_await read_body(parser, limit, body);
  if (refusal != 0) co_return door_.service->refuse(refusal);
  if (!begin_request()) co_return door_.service->refuse(503);
  co_return co_await on_disk([&] { return door_.service->answer(head, body); });
}

template <typename Stream>
asio::awaitable<void> Session<Stream>::say_continue(Parser& parser) {
  const auto expect = parser.get()[http::field::expect];
  if (!beast::iequals(expect, "100-continue")) co_return;
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  ErrorCode error;
  co_await asio::async_write(stream_, asio::buffer(text), into(error));
}

template <typename Stream>
asio::awaitable<unsigned> Session<Stream>::read_body(Parser& parser, std::size_t limit,
                                                     std::string& body) {
  tcp().expires_after(kBodySeconds);
  std::vector<std::uint8_t> chunk(limit < 16384 ? 8192 : 65536);
  while (!parser.is_done()) {
    const std::size_t got = co_await read_some(parser, chunk);
    if (failed_) co_return 400;
    body.append(reinterpret_cast<const char*>(chunk.data()), got);
    if (body.size() > limit) co_return 413;
  }
  co_return 0;
}

template <typename Stream>
asio::awaitable<Response> Session<Stream>::fill(Sink& sink, Parser& parser) {
  using namespace asio::experimental::awaitable_operators;
  std::vector<std::uint8_t> chunk(kTakeChunk), next(kTakeChunk);
  buffer_.reserve(kReadAhead);  // Beast reads no more at once than the buffer has room for
  base::ByteView filled = co_await take_in(parser, chunk);
  while (!filled.empty()) {
    // While one chunk is written and hashed, the next one arrives.
    const auto [taken, following] =
        co_await (on_disk([&sink, filled] { return sink.take(filled); }) && take_in(parser, next));
    if (!taken) co_return co_await on_disk([&sink] { return sink.finish(false); });
    std::swap(chunk, next);
    filled = following;
  }
  const bool whole = !failed_;
  Response response = co_await on_disk([&sink, whole] { return sink.finish(whole); });
  if (failed_) response.close = true;
  co_return response;
}

// TLS brings 16 KiB at a time; the sink writes and hashes more at once.
template <typename Stream>
asio::awaitable<base::ByteView> Session<Stream>::take_in(Parser& parser,
                                                         std::span<std::uint8_t> chunk) {
  std::size_t filled = 0;
  while (filled < chunk.size() && !parser.is_done() && !failed_) {
    tcp().expires_after(kChunkSeconds);
    filled += co_await read_some(parser, chunk.subspan(filled));
  }
  co_return base::ByteView(chunk).first(filled);
}

template <typename Stream>
asio::awaitable<std::size_t> Session<Stream>::read_some(Parser& parser,
                                                        std::span<std::uint8_t> chunk) {
  auto& body = parser.get().body();
  body.data = chunk.data();
  body.size = chunk.size();
  body.more = true;
  ErrorCode error;
  co_await http::async_read_some(stream_, buffer_, parser, into(error));
  if (error && error != http::error::need_buffer) failed_ = true;
  co_return chunk.size() - body.size;
}

template <typename Stream>
asio::awaitable<void> Session<Stream>::discard_rest(Parser& parser) {
  if (failed_) co_return;
  tcp().expires_after(std::chrono::seconds(2));
  std::vector<std::uint8_t> chunk(kDiscardChunk);
  for (std::size_t left = 4 << 20; left > 0 && !parser.is_done() && !failed_;) {
    const std::size_t got = co_await read_some(parser, chunk);
    if (got == 0) break;
    left -= std::min(left, got);
  }
}

template <typename Stream>
asio::awaitable<std::uint64_t> Session<Stream>::write(const Head& head, Response& response,
                                                      bool keep) {
  http::response<http::empty_body> message;
  message.version(11);
  message.result(response.status());
  for (const auto& [name, value] : response.headers()) message.insert(name, value);
  message.keep_alive(keep);
  const std::uint64_t length = response.part ? response.part->length : response.body.size();
  const bool bodiless = response.status() == 204 || response.status() == 304;
  if (!bodiless) message.set(http::field::content_length, std::to_string(length));
  http::response_serializer<http::empty_body> serializer(message);
  ErrorCode error;
  tcp().expires_after(kChunkSeconds);
  co_await http::async_write_header(stream_, serializer, into(error));
  if (error) cut_ = true;
  if (cut_ || bodiless || head.method == "HEAD") co_return 0;
  if (response.part) co_return co_await send_part(response.part);
  const std::size_t sent =
      co_await asio::async_write(stream_, asio::buffer(response.body), into(error));
  if (error) cut_ = true;
  co_return sent;
}

template <typename Stream>
asio::awaitable<std::uint64_t> Session<Stream>::send_part(std::shared_ptr<FilePart> part) {
  auto self = this->shared_from_this();
  auto timer = std::make_shared<asio::steady_timer>(stream_.get_executor());
  auto over = std::make_shared<bool>(false);
  asio::co_spawn(stream_.get_executor(), watch(self, part, timer, over), asio::detached);
  std::vector<std::uint8_t> chunk(kSendChunk);
  std::uint64_t sent = 0;
  while (sent < part->length && !cut_) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), part->length - sent));
    const bool asks = sent % kLiveEvery == 0;
    const std::uint64_t at = part->offset + sent;
    const std::span room = std::span(chunk).first(size);
    const auto read = [&file = *part, room, at, asks] {
      return disk::read_exact_at(file.file.get(), room, at).ok() && (!asks || file.live());
    };
    const bool good = co_await on_disk(read);
    if (!good || cut_) {
      cut();
      break;
    }
    ErrorCode error;
    tcp().expires_after(kChunkSeconds);
    co_await asio::async_write(stream_, asio::buffer(chunk.data(), size), into(error));
    if (error) {
      cut_ = true;
      break;
    }
    sent += size;
  }
  *over = true;
  timer->cancel();
  const auto end = [&file = *part, sent] {
    if (file.ended) file.ended(sent);
    return true;
  };
  co_await on_disk(end);
  co_return sent;
}

template <typename Stream>
asio::awaitable<void> Session<Stream>::watch(std::shared_ptr<Session> self,
                                             std::shared_ptr<FilePart> part,
                                             std::shared_ptr<asio::steady_timer> timer,
                                             std::shared_ptr<bool> over) {
  while (!*over && !self->cut_) {
    timer->expires_after(std::chrono::seconds(1));
    ErrorCode error;
    co_await timer->async_wait(into(error));
    if (*over) co_return;
    const auto asked = [&file = *part] { return file.live(); };
    const bool live = co_await self->on_disk(asked);
    if (!*over && !live) self->cut();
  }
}

template <typename Stream>
asio::awaitable<void> Session<Stream>::say_goodbye() {
  ErrorCode error;
  tcp().expires_after(std::chrono::seconds(2));
  if constexpr (std::is_same_v<Stream, TlsStream>) co_await stream_.async_shutdown(into(error));
  tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  co_return;
}

template class Session<PlainStream>;
template class Session<TlsStream>;

}  // namespace portal
