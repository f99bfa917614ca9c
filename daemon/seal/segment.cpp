#include "seal/segment.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/panic.h"
#include "seal/algorithms.h"

namespace seal {
namespace {

constexpr std::size_t kNonceSize = 12;

std::array<std::uint8_t, kNonceSize> nonce(base::ByteView prefix, std::uint64_t number, bool last) {
  std::array<std::uint8_t, kNonceSize> bytes{};
  std::ranges::copy(prefix, bytes.begin());
  for (int i = 0; i < 4; ++i)
    bytes[kPrefixSize + static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(number >> (24 - 8 * i));
  bytes[kNonceSize - 1] = last ? 1 : 0;
  return bytes;
}

const EVP_CIPHER* cipher_for(std::size_t key_size) {
  return key_size == 16 ? algorithms().aes128_gcm : algorithms().aes256_gcm;
}

}  // namespace

std::uint64_t Layout::segments(std::uint64_t plaintext) const {
  const std::uint64_t each = segment_ - kTagSize;
  return std::max<std::uint64_t>(1, (plaintext + header_ + each - 1) / each);
}

std::optional<std::uint64_t> Layout::plaintext_size(std::uint64_t ciphertext) const {
  const std::uint64_t count = ciphertext / segment_ + (ciphertext % segment_ != 0 ? 1 : 0);
  if (count > kMaxSegments || ciphertext < header_ + kTagSize * count) return std::nullopt;
  const std::uint64_t plaintext = ciphertext - header_ - kTagSize * count;
  // Refuses a last segment that is shorter than a tag, or empty behind a full one.
  if (sealed_size(plaintext) != ciphertext) return std::nullopt;
  return plaintext;
}

SegmentCipher::SegmentCipher(const base::SecretBytes& key, base::ByteView prefix,
                             Direction direction)
    : context_(EVP_CIPHER_CTX_new()) {
  std::ranges::copy(prefix, prefix_.begin());
  const int sealing = direction == Direction::Seal ? 1 : 0;
  if (!context_ || EVP_CipherInit_ex2(context_.get(), cipher_for(key.size()), key.view().data(),
                                      nullptr, sealing, nullptr) != 1)
    PANIC("AES-GCM failed");
}

void SegmentCipher::begin(std::uint64_t number, bool last) {
  const auto iv = nonce(prefix_, number, last);
  if (EVP_EncryptInit_ex2(context_.get(), nullptr, nullptr, iv.data(), nullptr) != 1)
    PANIC("AES-GCM failed");
}

void SegmentCipher::seal(base::ByteView plaintext, std::uint8_t* into) {
  int size = 0;
  if (EVP_EncryptUpdate(context_.get(), into, &size, plaintext.data(),
                        static_cast<int>(plaintext.size())) != 1)
    PANIC("AES-GCM failed");
}

void SegmentCipher::finish(std::uint8_t* tag) {
  int rest = 0;
  if (EVP_EncryptFinal_ex(context_.get(), tag, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) != 1)
    PANIC("AES-GCM failed");
}

base::Status SegmentCipher::open(std::uint64_t number, bool last, base::ByteView sealed,
                                 std::span<std::uint8_t> into) {
  const auto iv = nonce(prefix_, number, last);
  const auto ciphertext = sealed.first(sealed.size() - kTagSize);
  std::array<std::uint8_t, kTagSize> tag;
  std::ranges::copy(sealed.last(kTagSize), tag.begin());
  std::uint8_t none = 0;
  std::uint8_t* out = into.empty() ? &none : into.data();
  int size = 0;
  if (EVP_DecryptInit_ex2(context_.get(), nullptr, nullptr, iv.data(), nullptr) != 1 ||
      EVP_DecryptUpdate(context_.get(), out, &size, ciphertext.data(),
                        static_cast<int>(ciphertext.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) != 1)
    PANIC("AES-GCM failed");
  if (EVP_DecryptFinal_ex(context_.get(), out + size, &size) == 1) return base::Done{};
  OPENSSL_cleanse(into.data(), into.size());
  return base::reject("seal.open", "a segment is not genuine: changed, moved, cut, or another key");
}

}  // namespace seal
