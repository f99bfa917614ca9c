#include "seal/algorithms.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "base/panic.h"

namespace seal {
namespace {

Algorithms fetch() {
  const Algorithms fetched{EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr),
                           EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr),
                           EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                           EVP_KDF_fetch(nullptr, "PBKDF2", nullptr),
                           EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                           EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  if (!fetched.aes128_gcm || !fetched.aes256_gcm || !fetched.hkdf || !fetched.pbkdf2 ||
      !fetched.hmac || !fetched.sha256)
    PANIC("OpenSSL lacks an algorithm");
  return fetched;
}

}  // namespace

const Algorithms& algorithms() {
  static const Algorithms fetched = fetch();  // for the process's life
  return fetched;
}

}  // namespace seal
