// TLS 1.2 and 1.3 for DICOM, as PS3.15 section B.12 (BCP 195, RFC 8996 and 9325) asks for: nothing
// older, no renegotiation, no compression, no resumption, and only cipher suites with ECDHE and
// AES-GCM (RFC 9325 section 4.2). Loaded once, before anything is served by it.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tls {

// From now on OpenSSL overwrites what it frees: reading a key leaves copies of it behind otherwise.
// To be called before anything else of OpenSSL.
base::Status wipe_what_is_freed();

struct Files {              // PEM
  std::string certificate;  // and those between it and its authority
  std::string key;
  std::string client_ca;       // empty: clients are not asked for certificates
  bool require_client = true;  // with client_ca
};

class Server {
 public:
  // AskAdministrator: a file that cannot be read or used, a key that is not the certificate's.
  static base::Result<std::shared_ptr<Server>> create(const Files& files);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  base::UnixSeconds not_after() const;  // of the certificate

  // What a process that serves no TLS, or has shaken hands, does not need. Final.
  void forget_key();
  // For one connection, with certificate and key; the server has forgotten the key then, and the
  // connection forgets it with its handshake.
  ssl_st* begin();

 private:
  struct Identity;
  Server();
  base::Status load(const Files& files);
  base::Status trust(const std::string& file, bool require);
  ssl_ctx_st* context_;
  std::unique_ptr<Identity> identity_;
};

}  // namespace tls
