// SHA-256 (OpenSSL EVP) and random bytes: all the cryptography that the portal has besides TLS.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace portal {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(base::ByteView bytes);

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void add(base::ByteView bytes);
  Digest finish();  // and begins anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest random_digest();  // 32 random bytes

}  // namespace portal
