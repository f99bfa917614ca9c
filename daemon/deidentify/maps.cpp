// The patient's maps: keyed, stateless, the same in every run (docs/deidentification.md has the
// vectors). HKDF-SHA256 and HMAC-SHA256 of OpenSSL.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "base/handle.h"
#include "base/panic.h"
#include "deidentify/engine.h"

namespace deidentify {
namespace {

using Kdf = base::Handle<EVP_KDF, EVP_KDF_free>;
using KdfContext = base::Handle<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using Digest = std::array<std::uint8_t, 32>;

base::SecretBytes derive(const base::SecretBytes& key, std::string info) {
  std::array<std::uint8_t, 32> salt{};
  auto secret = key.copy();
  std::string digest = "SHA256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.writable().data(),
                                        secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  const Kdf kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContext context(EVP_KDF_CTX_new(kdf.get()));
  auto derived = base::SecretBytes::of_size(32);
  if (!context ||
      EVP_KDF_derive(context.get(), derived.writable().data(), derived.size(), parameters) != 1)
    PANIC("HKDF is missing");
  return derived;
}

Digest hmac(const base::SecretBytes& key, std::string_view text) {
  Digest digest{};
  const auto bytes = base::as_bytes(text);
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), key.view().data(), static_cast<int>(key.size()), bytes.data(),
            bytes.size(), digest.data(), &size))
    PANIC("HMAC is missing");
  return digest;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kPadding(" \0", 2);
  const auto first = text.find_first_not_of(kPadding);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kPadding) - first + 1);
}

// Trimmed, runs of spaces made one, ASCII letters in upper case.
std::string same(std::string_view text) {
  std::string result;
  for (const char c : trimmed(text)) {
    if (c == ' ' && result.ends_with(' ')) continue;
    result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return result;
}

std::string patient_key(std::string_view patient_id, std::string_view issuer,
                        std::string_view study_instance_uid) {
  const auto id = same(patient_id);
  if (id.empty()) return "S" + std::string(trimmed(study_instance_uid));
  return id + '\x1F' + same(issuer);
}

std::string pseudonym(const Digest& digest) {
  constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const auto bits = base::read_u64_be(digest) >> 4;
  std::string text = "P";
  for (int shift = 55; shift >= 0; shift -= 5) text += kCrockford[(bits >> shift) & 31];
  return text;
}

// A 128-bit number in decimal, by long division.
std::string decimal(std::array<std::uint8_t, 16> number) {
  std::string digits;
  while (std::any_of(number.begin(), number.end(), [](auto byte) { return byte != 0; })) {
    unsigned rest = 0;
    for (auto& byte : number) {
      const unsigned value = rest << 8 | byte;
      byte = static_cast<std::uint8_t>(value / 10);
      rest = value % 10;
    }
    digits += static_cast<char>('0' + rest);
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

PatientMap patient_map(const base::SecretBytes& domain_key, std::string_view patient_id,
                       std::string_view issuer_of_patient_id, std::string_view study_instance_uid) {
  const auto key = patient_key(patient_id, issuer_of_patient_id, study_instance_uid);
  PatientMap map;
  map.uid_key = derive(domain_key, "deid/uid/v1");
  map.pseudonym = pseudonym(hmac(derive(domain_key, "deid/pid/v1"), key));
  const auto days = base::read_u64_be(hmac(derive(domain_key, "deid/date/v1"), key)) % 3286;
  map.shift_days = -(365 + static_cast<int>(days));
  return map;
}

std::string map_uid(const base::SecretBytes& uid_key, std::string_view uid) {
  const auto digest = hmac(uid_key, trimmed(uid));
  std::array<std::uint8_t, 16> uuid{};
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | 0x80);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | 0x80);
  return "2.25." + decimal(uuid);
}

}  // namespace deidentify
