// TLS 1.3 as the portal offers it: to recipients with a certificate, to the hospital with pinned
// public keys on both sides and no authority between them.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;

namespace portal {

class Tls {
 public:
  static base::Result<std::shared_ptr<Tls>> for_recipients(const std::string& certificate,
                                                           const std::string& key);
  // `key_file` holds private key and certificate; `client_pin` is "sha256:HEX" of the only public
  // key that may come.
  static base::Result<std::shared_ptr<Tls>> for_dispatch(const std::string& key_file,
                                                         const std::string& client_pin);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ssl_ctx_st* context() const { return context_; }
  const std::string& client_pin() const { return client_pin_; }

 private:
  explicit Tls(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
  std::string client_pin_;
};

}  // namespace portal
