#include "receive/listen.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace receive {
namespace {

constexpr int kBacklog = 1024;  // a SYN that finds no room is sent again after a second
constexpr int kFirstInherited = 3;

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
  bool v6 = false;
};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), port);
  if (error != std::errc() || end != text.end()) return std::nullopt;
  return port;
}

base::Result<Endpoint> parse_endpoint(const std::string& text) {
  const base::Fault wrong = base::ask_administrator(
      "receive.listen", text + ": not an address and port such as 10.1.2.3:104 or [::]:11112");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return wrong;
  const auto port = parse_port(std::string_view(text).substr(colon + 1));
  std::string host = text.substr(0, colon);
  const bool v6 = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (v6) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  if (!port || !address || v6 != (host.find(':') != std::string::npos)) return wrong;
  Endpoint endpoint;
  endpoint.v6 = v6;
  if (v6) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(*port);
    std::memcpy(&in6.sin6_addr, address->bytes.data(), 16);
    std::memcpy(&endpoint.address, &in6, sizeof in6);
    endpoint.size = sizeof in6;
  } else {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(*port);
    std::memcpy(&in.sin_addr, address->bytes.data() + 12, 4);
    std::memcpy(&endpoint.address, &in, sizeof in);
    endpoint.size = sizeof in;
  }
  return endpoint;
}

void set_option(int socket, int level, int name, int value) {
  setsockopt(socket, level, name, &value, sizeof value);
}

std::string name_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &address, sizeof in6);
    return "[" + address_of(address).text() + "]:" + std::to_string(ntohs(in6.sin6_port));
  }
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  return address_of(address).text() + ":" + std::to_string(ntohs(in.sin_port));
}

// The peer went away before we looked: not a failure of ours.
bool is_passing(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ECONNABORTED || error == EINTR ||
         error == EPROTO || error == ENETDOWN || error == EHOSTUNREACH || error == ENETUNREACH;
}

// The next of names that are divided by colons.
std::string_view next_name(std::string_view& names) {
  const std::size_t colon = std::min(names.find(':'), names.size());
  const std::string_view name = names.substr(0, colon);
  names.remove_prefix(std::min(colon + 1, names.size()));
  return name;
}

}  // namespace

base::Result<Listener> listen_on(const std::string& address) {
  const Endpoint endpoint = TRY(parse_endpoint(address));
  disk::Descriptor socket(
      ::socket(endpoint.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return disk::system_fault("receive.listen", address, errno);
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (endpoint.v6) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) !=
          0 ||
      ::listen(socket.get(), kBacklog) != 0)
    return disk::system_fault("receive.listen", address, errno);
  std::string name = name_of(socket.get());
  return Listener{std::move(socket), std::move(name), false};
}

base::Result<std::vector<Listener>> inherited_listeners() {
  std::vector<Listener> listeners;
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr || std::to_string(getpid()) != pid) return listeners;
  const auto number = parse_port(count);
  if (!number || *number > 64)
    return base::ask_administrator("receive.listen", "LISTEN_FDS is not a number of sockets");
  const char* given = std::getenv("LISTEN_FDNAMES");
  std::string_view names = given == nullptr ? "" : given;
  for (int fd = kFirstInherited; fd < kFirstInherited + *number; ++fd) {
    disk::Descriptor socket(fd);
    int accepting = 0;
    socklen_t size = sizeof accepting;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &size) != 0 || accepting == 0)
      return base::ask_administrator("receive.listen", "systemd's socket does not listen");
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    std::string name = name_of(fd);
    listeners.push_back({std::move(socket), std::move(name), next_name(names) == kTLSName});
  }
  return listeners;
}

base::Result<std::optional<Connection>> accept_connection(const Listener& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  disk::Descriptor socket(accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&address),
                                  &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.valid()) {
    if (is_passing(errno)) return std::optional<Connection>();
    return disk::system_fault("receive.accept", "accept", errno);
  }
  // Without it each answer waits for the peer's delayed acknowledgement: 44 ms an instance.
  set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  return std::optional<Connection>(Connection{std::move(socket), address_of(address)});
}

}  // namespace receive
