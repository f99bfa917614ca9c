// One connection's TLS on a socket that stays the caller's. Waits for nothing: a step that needs
// the socket says so.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "tls/server.h"

namespace tls {

enum class Step { Done, WantRead, WantWrite, Closed, Failed };
struct Moved {
  Step step = Step::Failed;
  std::size_t size = 0;  // when Done: at least 1
};

// What a certificate proves of the peer that showed it.
struct Proof {
  std::string fingerprint;             // SHA-256 of the certificate, 64 hex digits; empty: none
  std::string subject;                 // as RFC 2253 writes it
  std::vector<std::string> dns_names;  // in lower case
};

class Session {
 public:
  // Takes the server's key with it: one session for each process.
  static base::Result<Session> accept(Server& server, int socket);
  // Believes any certificate: for asking one's own node how it is.
  static base::Result<Session> connect(int socket);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  Step shake_hands();
  bool established() const { return established_; }
  Moved read(std::span<std::uint8_t> into);
  Moved write(base::ByteView bytes);
  // Says that no more is sent.
  void close();

  const std::string& why() const { return why_; }  // the last step failed
  std::uint64_t received() const;                  // bytes from the socket, since the beginning
  std::string protocol() const;                    // "TLSv1.3 TLS_AES_256_GCM_SHA384"
  const Proof& proof() const { return proof_; }
  base::UnixSeconds peer_not_after() const { return peer_not_after_; }  // 0: no certificate

 private:
  explicit Session(ssl_st* ssl) : ssl_(ssl) {}
  Step outcome(int result);
  void finish();
  ssl_st* ssl_;
  bool established_ = false, failed_ = false;
  std::string why_;
  Proof proof_;
  base::UnixSeconds peer_not_after_ = 0;
};

// An alert record in plain, for who cannot be served before a handshake (RFC 8446 section 6).
enum class Alert : std::uint8_t { HandshakeFailure = 40, AccessDenied = 49, InternalError = 80 };
base::Bytes alert_record(Alert alert);
inline constexpr std::uint8_t kHandshakeRecord = 0x16;  // first byte of a ClientHello

}  // namespace tls
