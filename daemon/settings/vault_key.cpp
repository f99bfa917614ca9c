// The public half of the vault's key: what is no point of the curve would be noticed by the first
// study only.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/bytes.h"
#include "base/handle.h"
#include "settings/values.h"

namespace settings {
namespace {

constexpr std::size_t kPointSize = 65;

bool is_on_curve(base::Bytes point) {
  char group[] = "P-256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const base::Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> making(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (making == nullptr || EVP_PKEY_fromdata_init(making.get()) != 1 ||
      EVP_PKEY_fromdata(making.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    return false;
  const base::Handle<EVP_PKEY, EVP_PKEY_free> key(made);
  const base::Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> checking(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return checking != nullptr && EVP_PKEY_public_check(checking.get()) == 1;
}

}  // namespace

std::string check_vault_key(const std::string& text) {
  constexpr std::string_view kBegin = "p256:";
  const auto point = text.starts_with(kBegin)
                         ? base::from_hex(std::string_view(text).substr(kBegin.size()))
                         : std::nullopt;
  if (!point || point->size() != kPointSize || point->front() != 4)
    return "must be p256: and 130 hex digits, as 'dcmcourier keys vault' prints it";
  return is_on_curve(*point) ? "" : "is no point of the curve P-256";
}

}  // namespace settings
