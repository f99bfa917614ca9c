// P-256: pairs, and the shared x. The group functions compute the point, EVP does the agreement.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "base/handle.h"
#include "base/panic.h"
#include "seal/primitives.h"

namespace seal {
namespace {

constexpr std::size_t kScalarSize = 32;
constexpr std::size_t kPointSize = 65;
constexpr std::uint8_t kUncompressed = 4;

using Group = base::Handle<EC_GROUP, EC_GROUP_free>;
using Point = base::Handle<EC_POINT, EC_POINT_free>;
using SecretNumber = base::Handle<BIGNUM, BN_clear_free>;
using PKey = base::Handle<EVP_PKEY, EVP_PKEY_free>;
using PKeyContext = base::Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

base::Fault bad_scalar() { return base::reject("seal.p256", "not a P-256 private key"); }
base::Fault bad_point() { return base::reject("seal.p256", "not a point of P-256"); }

Group p256() {
  Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  if (!group) PANIC("OpenSSL lacks P-256");
  return group;
}

// The number, when it is from 1 to the order less 1.
SecretNumber read_scalar(const EC_GROUP* group, const base::SecretBytes& scalar) {
  if (scalar.size() != kScalarSize) return nullptr;
  SecretNumber number(BN_secure_new());
  if (!number || !BN_bin2bn(scalar.view().data(), kScalarSize, number.get()))
    PANIC("no memory for a number");
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(group)) >= 0)
    return nullptr;
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

base::Bytes point_of(const EC_GROUP* group, const BIGNUM* scalar) {
  const Point point(EC_POINT_new(group));
  base::Bytes bytes(kPointSize);
  if (!point || EC_POINT_mul(group, point.get(), scalar, nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(),
                         bytes.size(), nullptr) != kPointSize)
    PANIC("P-256 multiplication failed");
  return bytes;
}

// `scalar` may be null: then a public key. Null when OpenSSL refuses the point.
PKey import_key(base::ByteView point, const BIGNUM* scalar) {
  const base::Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
  if (!build ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1 ||
      (scalar && OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1))
    PANIC("no memory for a key");
  const base::Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(build.get()));
  const PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1)
    PANIC("no memory for a key");
  if (EVP_PKEY_fromdata(context.get(), &key, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        parameters.get()) != 1)
    return nullptr;
  return PKey(key);
}

}  // namespace

base::Result<KeyPair> p256_from_scalar(const base::SecretBytes& scalar) {
  const Group group = p256();
  const SecretNumber number = read_scalar(group.get(), scalar);
  if (!number) return bad_scalar();
  return KeyPair{scalar.copy(), point_of(group.get(), number.get())};
}

KeyPair generate_p256() {
  // A draw outside the range happens once in 2^32; the next one is as good.
  for (;;) {
    auto pair = p256_from_scalar(random_secret(kScalarSize));
    if (pair.ok()) return std::move(pair).value();
  }
}

base::Result<base::SecretBytes> ecdh_p256(const base::SecretBytes& scalar, base::ByteView point) {
  if (point.size() != kPointSize || point[0] != kUncompressed) return bad_point();
  const Group group = p256();
  const SecretNumber number = read_scalar(group.get(), scalar);
  if (!number) return bad_scalar();
  const PKey peer = import_key(point, nullptr);
  if (!peer) return bad_point();
  const PKey own = import_key(point_of(group.get(), number.get()), number.get());
  const PKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own.get(), nullptr));
  if (!context || EVP_PKEY_derive_init(context.get()) != 1) PANIC("ECDH failed");
  // Validates the peer's point: on the curve, not the point at infinity.
  if (EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 1) != 1) return bad_point();
  auto shared = base::SecretBytes::of_size(kScalarSize);
  std::size_t size = shared.size();
  if (EVP_PKEY_derive(context.get(), shared.writable().data(), &size) != 1 || size != kScalarSize)
    PANIC("ECDH failed");
  return shared;
}

}  // namespace seal
