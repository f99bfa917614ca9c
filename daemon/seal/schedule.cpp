#include "seal/schedule.h"

#include <algorithm>

namespace seal {
namespace {

constexpr unsigned kIterations = 600'000;

base::Bytes context(std::uint8_t mode, base::ByteView share_id) {
  base::Bytes bytes{mode};
  base::append(bytes, share_id);
  return bytes;
}

base::Bytes labelled(std::string_view x, base::ByteView rest) {
  base::Bytes bytes = label(x);
  base::append(bytes, rest);
  return bytes;
}

base::SecretBytes derive(base::ByteView ikm, std::string_view x, base::ByteView ctx,
                         std::size_t size = 32) {
  return hkdf(ikm, {}, labelled(x, ctx), size);
}

base::SecretBytes half(const base::SecretBytes& whole, std::size_t offset) {
  return base::SecretBytes(whole.view().subspan(offset, 32));
}

}  // namespace

base::Bytes label(std::string_view x) {
  base::Bytes bytes = base::to_bytes(base::as_bytes("dcmcourier/1 "));
  base::append(bytes, base::as_bytes(x));
  bytes.push_back(0);
  return bytes;
}

LinkKeys link_keys(std::uint8_t mode, base::ByteView share_id, const base::SecretBytes& secret) {
  const auto ctx = context(mode, share_id);
  return {derive(secret.view(), "link proof", ctx), derive(secret.view(), "cover", ctx),
          derive(secret.view(), "code salt", ctx)};
}

base::SecretBytes root(std::uint8_t mode, base::ByteView share_id, const base::SecretBytes& secret,
                       std::string_view normal_code) {
  const auto ctx = context(mode, share_id);
  if (mode == 0) return derive(secret.view(), "root", ctx);
  const auto salt = derive(secret.view(), "code salt", ctx);
  const auto stretched = pbkdf2_sha256(base::as_bytes(normal_code), salt.view(), kIterations, 32);
  auto both = base::SecretBytes::of_size(secret.size() + stretched.size());
  std::ranges::copy(secret.view(), both.writable().begin());
  std::ranges::copy(stretched.view(), both.writable().subspan(secret.size()).begin());
  return derive(both.view(), "root", ctx);
}

RootKeys root_keys(std::uint8_t mode, base::ByteView share_id, const base::SecretBytes& root) {
  const auto ctx = context(mode, share_id);
  const auto view = derive(root.view(), "grant view", ctx, 64);
  const auto take = derive(root.view(), "grant take", ctx, 64);
  return {derive(root.view(), "code proof", ctx),
          derive(root.view(), "receipt", ctx),
          half(view, 0),
          half(view, 32),
          half(take, 0),
          half(take, 32)};
}

base::Bytes blob_ad(base::ByteView blob_id, std::uint8_t role) {
  auto ad = labelled("blob", blob_id);
  ad.push_back(role);
  return ad;
}

base::Bytes cover_ad(std::uint8_t mode, base::ByteView share_id, std::uint32_t arm) {
  auto ad = labelled("cover", context(mode, share_id));
  base::append_u32_be(ad, arm);
  return ad;
}

base::Bytes grant_ad(std::uint8_t mode, base::ByteView share_id, std::uint8_t scope,
                     std::uint32_t arm, std::uint32_t issue) {
  auto ad = labelled("grant", context(mode, share_id));
  ad.push_back(scope);
  base::append_u32_be(ad, arm);
  base::append_u32_be(ad, issue);
  return ad;
}

}  // namespace seal
