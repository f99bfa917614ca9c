#include "doctor/echo.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "disk/descriptor.h"
#include "route/tree.h"

namespace doctor {
namespace {

constexpr time_t kPatience = 5;  // seconds, for each answer
constexpr std::uint32_t kLargestAnswer = 65'536;

bool admits(const settings::Caller& caller, const std::string& address) {
  bool telling = true;
  return caller.address.empty() || route::is_in_network(address, caller.address, telling);
}

// A title that `address` may call with; any where any may.
std::string title_from(const settings::Receiver& receiver, const std::string& address) {
  for (const auto& caller : receiver.callers)
    if (admits(caller, address))
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

bool read_whole(int socket, std::span<std::uint8_t> into) {
  return recv(socket, into.data(), into.size(), MSG_WAITALL) == static_cast<ssize_t>(into.size());
}

std::optional<PDU> ask_peer(int socket, const base::Bytes& request) {
  if (send(socket, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return std::nullopt;
  std::array<std::uint8_t, 6> header{};
  if (!read_whole(socket, header)) return std::nullopt;
  const auto length = base::read_u32_be(base::ByteView(header).subspan(2));
  if (length > kLargestAnswer) return std::nullopt;
  PDU answer{header[0], base::Bytes(length)};
  if (!read_whole(socket, answer.body)) return std::nullopt;
  return answer;
}

// Empty when the C-ECHO was answered with success.
std::string converse(int socket, const std::string& called, const std::string& calling) {
  constexpr std::uint8_t kAccept = 0x02, kReject = 0x03, kData = 0x04;
  const auto associated = ask_peer(socket, write_associate_request(called, calling));
  if (!associated) return "no answer to the association request";
  if (associated->type == kReject) return rejection_text(associated->body);
  if (associated->type != kAccept) return "the association was aborted";
  const auto answered = ask_peer(socket, write_echo_request());
  if (!answered || answered->type != kData) return "no answer to C-ECHO";
  const auto status = echo_status(answered->body);
  if (status != 0) return "C-ECHO was not answered with success";
  (void)ask_peer(socket, write_release_request());
  return "";
}

}  // namespace

Endpoint endpoint_of(const settings::Receiver& receiver) {
  Endpoint endpoint;
  for (const auto& listen : receiver.listen) {
    const auto colon = listen.rfind(':');
    if (colon == std::string::npos || listen.substr(colon + 1) == "0") continue;
    std::string host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    endpoint = {reachable(host), listen.substr(colon + 1), ""};
    endpoint.calling_ae_title = title_from(receiver, endpoint.host);
    if (endpoint.calling_ae_title.empty() && host == "::") {  // takes IPv4 as well
      endpoint.host = "127.0.0.1";
      endpoint.calling_ae_title = title_from(receiver, endpoint.host);
    }
    if (!endpoint.calling_ae_title.empty()) break;
  }
  return endpoint;
}

Echo echo(const settings::Receiver& receiver) {
  const Endpoint to = endpoint_of(receiver);
  if (to.port.empty() || receiver.ae_titles.empty()) return {};
  if (to.calling_ae_title.empty()) return {Echo::Outcome::NotAllowed, to.host, "", 0};
  const std::string host = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
  Echo echo{Echo::Outcome::Unreachable, host + ":" + to.port + " as " + receiver.ae_titles.front(),
            "", 0};
  const base::Clock clock;
  const auto begun = clock.monotonic();
  const auto socket = dial(to);
  if (!socket.valid()) {
    echo.detail = std::strerror(errno);
    return echo;
  }
  echo.detail = converse(socket.get(), receiver.ae_titles.front(), to.calling_ae_title);
  echo.outcome = echo.detail.empty() ? Echo::Outcome::Answered : Echo::Outcome::Refused;
  echo.milliseconds = clock.monotonic() - begun;
  return echo;
}

}  // namespace doctor
