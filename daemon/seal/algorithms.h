// The algorithms of this room, fetched from OpenSSL once in a process. Private to the room.
#pragma once

#include "base/bytes.h"
#include "base/handle.h"
#include "base/secret_bytes.h"

struct evp_cipher_st;
struct evp_kdf_st;
struct evp_mac_st;
struct evp_md_st;

namespace seal {

struct Algorithms {
  evp_cipher_st* aes128_gcm;
  evp_cipher_st* aes256_gcm;
  evp_kdf_st* hkdf;
  evp_kdf_st* pbkdf2;
  evp_mac_st* hmac;
  evp_md_st* sha256;
};
const Algorithms& algorithms();

// `hash`: "SHA256", or "SHA1" for the published vector.
base::SecretBytes hkdf_with(const char* hash, base::ByteView ikm, base::ByteView salt,
                            base::ByteView info, std::size_t size);

}  // namespace seal
