// One connection to the portal, as its bytes come: what a service is asked, and what the peer is
// answered, must be the same when the stream is cut at other places, but for what is no request. In
// one thread, over a pair of sockets in memory.
#include <sys/socket.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "fuzz.h"
#include "portal/session.h"
#include "portal/target.h"
#include "portal/upload_sink.h"
#include "share/limits.h"

namespace {

using namespace portal;

struct Asked {
  std::vector<std::string> requests;
  bool operator==(const Asked&) const = default;
};

class Counter : public Sink {
 public:
  Counter(Asked& asked, std::string name) : asked_(asked), name_(std::move(name)) {}
  bool take(base::ByteView piece) override {
    body_ += base::as_text(piece);
    return body_.size() < 3000;
  }
  Response finish(bool whole) override {
    asked_.requests.push_back(name_ + (whole ? " whole " : " cut ") + body_);
    return Response(204);
  }

 private:
  Asked& asked_;
  std::string name_, body_;
};

void check_head(const Head& head) {
  HOLDS(head.target.size() + head.method.size() < 9000 && !head.method.empty());
  for (const auto& [name, value] : head.headers) {
    HOLDS(!name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
      return c <= ' ' || c == ':' || (c >= 'A' && c <= 'Z');
    }));
    HOLDS(value.find('\n') == std::string::npos && value.find('\r') == std::string::npos);
  }
  // A body is as long as one number says, or in chunks: never both, and no two numbers.
  const auto length = head.header("content-length");
  HOLDS(length.empty() || head.header("transfer-encoding").empty() || !head.content_length);
  if (head.content_length) HOLDS(parse_number(length).has_value());
  HOLDS(log_label(head.target).size() <= 25);
}

class Recorder : public Service {
 public:
  Plan admit(const Head& head) override {
    check_head(head);
    asked.requests.push_back(described(head));
    if (head.method == "GET" || head.method == "HEAD") return Response::json(200, "{}");
    if (head.method == "PATCH") return std::make_unique<Counter>(asked, head.target);
    return ReadBody{500};
  }
  Response answer(const Head& head, const std::string& body) override {
    HOLDS(body.size() <= 500);
    HOLDS(!head.content_length || body.size() == *head.content_length);
    asked.requests.push_back("body " + body);
    return Response::json(200, "{}");
  }
  Response refuse(unsigned status) override {
    refused = true;
    Response response = Response::json(status, "{}");
    response.close = true;
    return response;
  }
  Asked asked;
  bool refused = false;

 private:
  static std::string described(const Head& head) {
    std::string text = head.method + ' ' + head.target;
    for (const auto& [name, value] : head.headers) text += '\n' + name + ": " + value;
    return text + '\n' + (head.content_length ? std::to_string(*head.content_length) : "-");
  }
};

struct Outcome {
  Asked asked;
  std::string answers;
  bool refused = false;
};

std::string drained(int socket) {
  std::string text;
  char room[8192];
  for (ssize_t n = 0; (n = recv(socket, room, sizeof room, MSG_DONTWAIT)) > 0;)
    text.append(room, static_cast<std::size_t>(n));
  return text;
}

Outcome converse(base::ByteView stream, base::ByteView cuts) {
  int pair[2];
  HOLDS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const disk::Descriptor peer(pair[0]);
  asio::io_context loop;
  Recorder service;
  std::atomic<bool> draining = false;
  std::atomic<int> running = 0;
  const Door door{"fuzz",    &service, std::chrono::seconds(15),
                  &draining, &running, loop.get_executor()};
  auto session = std::make_shared<Session<PlainStream>>(
      PlainStream(asio::ip::tcp::socket(loop, asio::ip::tcp::v4(), pair[1])), door, "192.0.2.1",
      std::make_shared<Places>(1, 1)->take("192.0.2.1"), nullptr);
  asio::co_spawn(loop, session->run(), asio::detached);
  loop.poll();
  session.reset();  // it holds itself from here on
  Outcome outcome;
  for (std::size_t next = 0; !stream.empty();) {
    const std::size_t piece = cuts.empty() ? stream.size() : 1 + cuts[next++ % cuts.size()];
    const auto n = send(peer.get(), stream.data(), std::min(piece, stream.size()),
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) break;
    stream = stream.subspan(static_cast<std::size_t>(n));
    while (loop.poll() > 0) outcome.answers += drained(peer.get());
  }
  shutdown(peer.get(), SHUT_WR);
  while (loop.poll() > 0) outcome.answers += drained(peer.get());
  outcome.answers += drained(peer.get());
  HOLDS(running == 0);
  outcome.asked = service.asked;
  outcome.refused = service.refused;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto cuts = input.take(1 + input.byte() % 8u);
  const auto stream = input.rest();
  const Outcome whole = converse(stream, {});
  const Outcome pieces = converse(stream, cuts);
  HOLDS(pieces.asked == whole.asked);
  // Beast answers what is no request with 400 or, where it still waited for its end, with nothing.
  if (!pieces.refused && !whole.refused) HOLDS(pieces.answers == whole.answers);
  return 0;
}
