// HTTPS to the portal's dispatch listener: TLS 1.3, our client key, and the portal's own key by its
// pin. Its promise: not one byte of a request leaves before the pinned key has been proved.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret_bytes.h"
#include "publish/exchange.h"

namespace publish {

struct Portal {
  std::string authority;  // "host:port"
  std::string pin;        // "sha256:" and the hex of SHA-256 over the SubjectPublicKeyInfo
  base::SecretBytes key;  // PEM with private key and certificate
  unsigned connect_seconds = 10;
};

// "sha256:<64 hex digits>" as curl spells it, "sha256//<base64>".
std::optional<std::string> curl_pin(std::string_view pin);

class Https : public Exchange {
 public:
  // AskAdministrator: a pin, an authority or a key that cannot be one.
  static base::Result<std::unique_ptr<Https>> create(Portal portal);
  ~Https() override;
  base::Result<Response> perform(const Request& request) override;

 private:
  struct Parts;
  explicit Https(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace publish
