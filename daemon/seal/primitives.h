// Hashes, MACs, derivation and curves, all through OpenSSL EVP. A failure of the library is a PANIC
// unless an input can cause it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"

namespace seal {

using Digest = std::array<std::uint8_t, 32>;

void random_bytes(std::span<std::uint8_t> into);
base::SecretBytes random_secret(std::size_t size);
Digest sha256(base::ByteView bytes);
Digest hmac_sha256(base::ByteView key, base::ByteView message);
// RFC 5869 extract and expand with SHA-256; empty salt = 32 zero bytes.
base::SecretBytes hkdf(base::ByteView ikm, base::ByteView salt, base::ByteView info,
                       std::size_t size);
base::SecretBytes pbkdf2_sha256(base::ByteView password, base::ByteView salt, unsigned iterations,
                                std::size_t size);

// SHA-256 over a stream.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(base::ByteView bytes);
  Digest finish();

 private:
  void* context_;
};

// P-256 key pair; points are 65 bytes, uncompressed, and checked to lie on the curve.
struct KeyPair {
  base::SecretBytes scalar;  // 32
  base::Bytes point;         // 65
};
KeyPair generate_p256();
base::Result<KeyPair> p256_from_scalar(const base::SecretBytes& scalar);
base::Result<base::SecretBytes> ecdh_p256(const base::SecretBytes& scalar,
                                          base::ByteView point);  // 32: x of the product

}  // namespace seal
