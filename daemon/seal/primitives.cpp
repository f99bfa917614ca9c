#include "seal/primitives.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "base/panic.h"
#include "seal/algorithms.h"

namespace seal {
namespace {

OSSL_PARAM octets(const char* name, base::ByteView bytes) {
  static std::uint8_t none = 0;  // OpenSSL wants an address even for no bytes
  void* data = bytes.empty() ? &none : const_cast<std::uint8_t*>(bytes.data());
  return OSSL_PARAM_construct_octet_string(name, data, bytes.size());
}

OSSL_PARAM digest_name(const char* name) {
  return OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(name), 0);
}

void derive(EVP_KDF* kdf, const OSSL_PARAM* parameters, std::span<std::uint8_t> into) {
  const base::Handle<EVP_KDF_CTX, EVP_KDF_CTX_free> context(EVP_KDF_CTX_new(kdf));
  if (!context || EVP_KDF_derive(context.get(), into.data(), into.size(), parameters) != 1)
    PANIC("key derivation failed");
}

EVP_MD_CTX* context_of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

void random_bytes(std::span<std::uint8_t> into) {
  if (!into.empty() && RAND_priv_bytes(into.data(), static_cast<int>(into.size())) != 1)
    PANIC("no random bytes");
}

base::SecretBytes random_secret(std::size_t size) {
  auto secret = base::SecretBytes::of_size(size);
  random_bytes(secret.writable());
  return secret;
}

Digest sha256(base::ByteView bytes) {
  Digest digest;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithms().sha256,
                 nullptr) != 1)
    PANIC("SHA-256 failed");
  return digest;
}

Digest hmac_sha256(base::ByteView key, base::ByteView message) {
  static const std::uint8_t none = 0;
  const base::Handle<EVP_MAC_CTX, EVP_MAC_CTX_free> context(EVP_MAC_CTX_new(algorithms().hmac));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
      OSSL_PARAM_construct_end()};
  Digest mac;
  std::size_t size = 0;
  if (!context ||
      EVP_MAC_init(context.get(), key.empty() ? &none : key.data(), key.size(), parameters) != 1 ||
      EVP_MAC_update(context.get(), message.data(), message.size()) != 1 ||
      EVP_MAC_final(context.get(), mac.data(), &size, mac.size()) != 1 || size != mac.size())
    PANIC("HMAC failed");
  return mac;
}

base::SecretBytes hkdf_with(const char* hash, base::ByteView ikm, base::ByteView salt,
                            base::ByteView info, std::size_t size) {
  static const std::array<std::uint8_t, 32> zeros{};
  auto derived = base::SecretBytes::of_size(size);
  const OSSL_PARAM parameters[] = {
      digest_name(hash), octets(OSSL_KDF_PARAM_KEY, ikm),
      octets(OSSL_KDF_PARAM_SALT, salt.empty() ? base::ByteView(zeros) : salt),
      octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  derive(algorithms().hkdf, parameters, derived.writable());
  return derived;
}

base::SecretBytes hkdf(base::ByteView ikm, base::ByteView salt, base::ByteView info,
                       std::size_t size) {
  return hkdf_with("SHA256", ikm, salt, info, size);
}

base::SecretBytes pbkdf2_sha256(base::ByteView password, base::ByteView salt, unsigned iterations,
                                std::size_t size) {
  auto derived = base::SecretBytes::of_size(size);
  const OSSL_PARAM parameters[] = {digest_name("SHA256"), octets(OSSL_KDF_PARAM_PASSWORD, password),
                                   octets(OSSL_KDF_PARAM_SALT, salt),
                                   OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &iterations),
                                   OSSL_PARAM_construct_end()};
  derive(algorithms().pbkdf2, parameters, derived.writable());
  return derived;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex2(context_of(context_), algorithms().sha256, nullptr) != 1)
    PANIC("SHA-256 failed");
}
Sha256::~Sha256() { EVP_MD_CTX_free(context_of(context_)); }
Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

void Sha256::update(base::ByteView bytes) {
  if (EVP_DigestUpdate(context_of(context_), bytes.data(), bytes.size()) != 1)
    PANIC("SHA-256 failed");
}

Digest Sha256::finish() {
  Digest digest;
  if (EVP_DigestFinal_ex(context_of(context_), digest.data(), nullptr) != 1)
    PANIC("SHA-256 failed");
  return digest;
}

}  // namespace seal
