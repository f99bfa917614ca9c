#include "portal/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/handle.h"
#include "base/panic.h"

namespace portal {

struct Sha256::State {
  base::Handle<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
  void begin() {
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
      PANIC("OpenSSL has no SHA-256");
  }
};

Sha256::Sha256() : state_(std::make_unique<State>()) { state_->begin(); }
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(base::ByteView bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1)
    PANIC("SHA-256 failed");
}

Digest Sha256::finish() {
  Digest digest{};
  if (EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr) != 1)
    PANIC("SHA-256 failed");
  state_->begin();
  return digest;
}

Digest sha256(base::ByteView bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

Digest random_digest() {
  Digest bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    PANIC("OpenSSL has no random bytes");
  return bytes;
}

}  // namespace portal
