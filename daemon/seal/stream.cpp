#include "seal/stream.h"

#include "seal/algorithms.h"
#include "seal/segment.h"

namespace seal {

std::uint64_t sealed_size(std::uint64_t plaintext) { return Layout({}).sealed_size(plaintext); }

std::optional<std::uint64_t> plaintext_size(std::uint64_t ciphertext) {
  return Layout({}).plaintext_size(ciphertext);
}

base::SecretBytes stream_key(const base::SecretBytes& ikm, base::ByteView salt,
                             base::ByteView associated_data, const Parameters& parameters) {
  return hkdf_with(parameters.sha1 ? "SHA1" : "SHA256", ikm.view(), salt, associated_data,
                   parameters.key_size);
}

base::SecretBytes segment_key(const base::SecretBytes& ikm, base::ByteView salt,
                              base::ByteView associated_data) {
  return stream_key(ikm, salt, associated_data, {});
}

}  // namespace seal
