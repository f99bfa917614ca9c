#include "doctor/echo.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "disk/descriptor.h"
#include "route/tree.h"
#include "tls/session.h"

namespace doctor {
namespace {

constexpr time_t kPatience = 5;  // seconds, for each answer
constexpr std::uint32_t kLargestAnswer = 65'536;

bool admits(const settings::Caller& caller, const std::string& address, bool over_tls) {
  bool telling = true;
  if (!caller.certificate.empty() || (caller.tls && !over_tls)) return false;
  return caller.address.empty() || route::is_in_network(address, caller.address, telling);
}

// A title that `address` may call with; any where any may.
std::string title_from(const settings::Receiver& receiver, const std::string& address,
                       bool over_tls) {
  for (const auto& caller : receiver.callers)
    if (admits(caller, address, over_tls))
      return caller.ae_title.empty() || caller.ae_title == "*" ? kOwnAETitle : caller.ae_title;
  return "";
}

std::string reachable(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") return host == "::" ? "::1" : "127.0.0.1";
  return host;
}

disk::Descriptor dial(const Endpoint& to) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(to.host.c_str(), to.port.c_str(), &hints, &found) != 0) return {};
  disk::Descriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{kPatience, 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    setsockopt(socket.get(), SOL_SOCKET, option, &patience, sizeof patience);
  const int done = connect(socket.get(), found->ai_addr, found->ai_addrlen);
  const int error = errno;
  freeaddrinfo(found);
  errno = error;
  return done == 0 ? std::move(socket) : disk::Descriptor();
}

struct PDU {
  std::uint8_t type = 0;
  base::Bytes body;
};

// The socket waits for so long as its options say, and no longer.
class Wire {
 public:
  explicit Wire(int socket) : socket_(socket) {}

  // Empty when there is TLS now.
  std::string encrypt() {
    auto session = tls::Session::connect(socket_);
    if (!session.ok()) return session.fault().what;
    session_.emplace(std::move(session).value());
    if (session_->shake_hands() == tls::Step::Done) return "";
    return "no TLS: " + (session_->why().empty() ? "no answer" : session_->why());
  }
  base::UnixSeconds not_after() const { return session_ ? session_->peer_not_after() : 0; }

  bool send(base::ByteView bytes) {
    while (!bytes.empty()) {
      const auto size = session_ ? moved(session_->write(bytes))
                                 : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
    return true;
  }
  bool read_whole(std::span<std::uint8_t> into) {
    while (!into.empty()) {
      const auto size =
          session_ ? moved(session_->read(into)) : recv(socket_, into.data(), into.size(), 0);
      if (size <= 0) return false;
      into = into.subspan(static_cast<std::size_t>(size));
    }
    return true;
  }

 private:
  static ssize_t moved(const tls::Moved& moved) {
    return moved.step == tls::Step::Done ? static_cast<ssize_t>(moved.size) : -1;
  }
  int socket_;
  std::optional<tls::Session> session_;
};

std::optional<PDU> ask_peer(Wire& wire, const base::Bytes& request) {
  if (!wire.send(request)) return std::nullopt;
  std::array<std::uint8_t, 6> header{};
  if (!wire.read_whole(header)) return std::nullopt;
  const auto length = base::read_u32_be(base::ByteView(header).subspan(2));
  if (length > kLargestAnswer) return std::nullopt;
  PDU answer{header[0], base::Bytes(length)};
  if (!wire.read_whole(answer.body)) return std::nullopt;
  return answer;
}

// Empty when the C-ECHO was answered with success.
std::string converse(Wire& wire, const std::string& called, const std::string& calling) {
  constexpr std::uint8_t kAccept = 0x02, kReject = 0x03, kData = 0x04;
  const auto associated = ask_peer(wire, write_associate_request(called, calling));
  if (!associated) return "no answer to the association request";
  if (associated->type == kReject) return rejection_text(associated->body);
  if (associated->type != kAccept) return "the association was aborted";
  const auto answered = ask_peer(wire, write_echo_request());
  if (!answered || answered->type != kData) return "no answer to C-ECHO";
  const auto status = echo_status(answered->body);
  if (status != 0) return "C-ECHO was not answered with success";
  (void)ask_peer(wire, write_release_request());
  return "";
}

// What a conversation needs, and what hinders it before it begins.
void ask(int socket, const settings::Receiver& receiver, const Endpoint& to, Echo& echo) {
  Wire wire(socket);
  echo.outcome = Echo::Outcome::Refused;
  if (echo.over_tls) echo.detail = wire.encrypt();
  echo.not_after = wire.not_after();
  if (!echo.detail.empty()) return;
  if (echo.over_tls && !receiver.tls.client_ca.empty() && receiver.tls.require_client) {
    echo.outcome = Echo::Outcome::NeedsCertificate;
  } else if (to.calling_ae_title.empty()) {
    echo.outcome = Echo::Outcome::NotAllowed;
  } else {
    echo.detail = converse(wire, receiver.ae_titles.front(), to.calling_ae_title);
    if (echo.detail.empty()) echo.outcome = Echo::Outcome::Answered;
  }
}

}  // namespace

Endpoint endpoint_of(const settings::Receiver& receiver, bool over_tls) {
  Endpoint endpoint;
  for (const auto& listen : over_tls ? receiver.tls.listen : receiver.listen) {
    const auto colon = listen.rfind(':');
    if (colon == std::string::npos || listen.substr(colon + 1) == "0") continue;
    std::string host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    endpoint = {reachable(host), listen.substr(colon + 1), ""};
    endpoint.calling_ae_title = title_from(receiver, endpoint.host, over_tls);
    if (endpoint.calling_ae_title.empty() && host == "::") {  // takes IPv4 as well
      endpoint.host = "127.0.0.1";
      endpoint.calling_ae_title = title_from(receiver, endpoint.host, over_tls);
    }
    if (!endpoint.calling_ae_title.empty()) break;
  }
  return endpoint;
}

Echo echo(const settings::Receiver& receiver, bool over_tls) {
  const Endpoint to = endpoint_of(receiver, over_tls);
  Echo echo;
  echo.over_tls = over_tls;
  if (to.port.empty() || receiver.ae_titles.empty()) return echo;
  echo.where = to.host;
  echo.outcome = Echo::Outcome::NotAllowed;
  // Over TLS the certificate is worth a look, whoever may call.
  if (to.calling_ae_title.empty() && !over_tls) return echo;
  const std::string host = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
  echo.where = host + ":" + to.port + " as " + receiver.ae_titles.front();
  echo.outcome = Echo::Outcome::Unreachable;
  const base::Clock clock;
  const auto begun = clock.monotonic();
  const auto socket = dial(to);
  if (socket.valid()) {
    ask(socket.get(), receiver, to, echo);
  } else {
    echo.detail = std::strerror(errno);
  }
  if (echo.outcome == Echo::Outcome::NotAllowed) echo.where = to.host;
  echo.milliseconds = clock.monotonic() - begun;
  return echo;
}

}  // namespace doctor
