// Listening sockets, our own or systemd's, and what they accept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "disk/descriptor.h"
#include "receive/callers.h"

namespace receive {

struct Listener {
  disk::Descriptor socket;  // non-blocking
  std::string name;         // as configured and bound: "127.0.0.1:41234", "[::]:11112"
  bool tls = false;
};
// "host:port" with a numeric host, IPv6 in brackets; port 0: any free one.
base::Result<Listener> listen_on(const std::string& address);
// The sockets that systemd hands over ($LISTEN_PID, $LISTEN_FDS); empty without them. TLS is spoken
// on those whose FileDescriptorName= is kTLSName ($LISTEN_FDNAMES).
inline constexpr std::string_view kTLSName = "dicom-tls";
base::Result<std::vector<Listener>> inherited_listeners();

struct Connection {
  disk::Descriptor socket;  // TCP_NODELAY, keep-alive, closed on exec
  Address peer;
};
// nullopt: none is waiting, or the one that was is gone again.
base::Result<std::optional<Connection>> accept_connection(const Listener& listener);

}  // namespace receive
