// The peer's socket, read by whole PDUs and written by whole answers, each within its deadline. At
// most two PDUs are held at a time.
#pragma once

#include <csignal>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "receive/pace.h"
#include "receive/pdu.h"
#include "tls/session.h"

namespace receive {

enum class Broken {
  ClosedByPeer,
  TimedOut,
  Malformed,
  Unrecognized,
  Stopping,
  TLSFailed,
  SpeaksTLS,    // on a port without it
  SpeaksPlain,  // where TLS is spoken
};

struct PDU {
  PDUType type{};
  base::ByteView body;  // until the next call of next_pdu
};

class Transport {
 public:
  // The socket stays the caller's; it is made non-blocking. `stopping`, raised by a signal that is
  // blocked outside of waiting, ends an idle wait.
  Transport(int socket, const base::Clock& clock, const volatile std::sig_atomic_t& stopping,
            std::optional<tls::Session> session = std::nullopt);

  // Over TLS the handshake, as long as the pace lets it take; without it nothing.
  std::optional<Broken> shake_hands(const Pace& pace);
  const std::optional<tls::Session>& session() const { return session_; }
  // For a last answer to who does not speak TLS.
  void speak_plainly() { session_.reset(); }

  // Enters Phase::Command when a PDU begins in Phase::Idle.
  std::variant<PDU, Broken> next_pdu(Pace& pace);
  // False when the peer does not take it in time or is gone.
  bool send(base::ByteView bytes, base::Milliseconds deadline);
  // Sends no more, and passes over what still comes, until the peer has closed: what was sent last
  // would otherwise be lost with the unread rest.
  void linger(base::Milliseconds deadline);

 private:
  std::optional<Broken> fill(std::size_t size, const Pace& pace);
  std::optional<Broken> receive_more(const Pace& pace);
  std::optional<Broken> await_hello(const Pace& pace) const;
  std::optional<Broken> wait(short events, const Pace& pace) const;
  tls::Moved take(std::span<std::uint8_t> into);
  tls::Moved give(base::ByteView bytes);
  std::size_t available() const { return end_ - begin_; }

  int socket_;
  const base::Clock& clock_;
  const volatile std::sig_atomic_t& stopping_;
  std::optional<tls::Session> session_;
  base::Bytes buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace receive
