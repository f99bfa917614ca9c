// The key schedule and the primitives, against the vectors of the share and published ones.
#include "seal/schedule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "seal/stream.h"

namespace {

nlohmann::json vectors() {
  std::ifstream file(SOURCE_DIR "/tests/vectors/share.json");
  return nlohmann::json::parse(file);
}
base::Bytes counted(int from, int to) {
  base::Bytes bytes;
  for (int i = from; i <= to; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}
const base::Bytes kShare = counted(0x00, 0x0f);
const base::SecretBytes kSecret(counted(0x20, 0x3f));
std::string hex(base::ByteView bytes) { return base::to_hex(bytes); }

base::Bytes sealed_fixed(const base::SecretBytes& key, base::ByteView ad, std::string_view text) {
  base::Bytes bytes;
  auto sealer = seal::Sealer::create_fixed(
      key, ad,
      [&](base::ByteView out) -> base::Status {
        base::append(bytes, out);
        return base::Done{};
      },
      counted(0xa0, 0xbf), counted(0xe0, 0xe6));
  EXPECT_TRUE(sealer.value().give(base::as_bytes(text)).ok());
  EXPECT_TRUE(sealer.value().finish().ok());
  return bytes;
}

}  // namespace

TEST(Schedule, IsThatOfTheVectorsInEveryMode) {
  for (std::uint8_t mode = 0; mode < 3; ++mode) {
    const auto expected = vectors()["mode" + std::to_string(mode)];
    const auto link = seal::link_keys(mode, kShare, kSecret);
    EXPECT_EQ(hex(link.link_proof.view()), expected["link_proof"]);
    EXPECT_EQ(hex(link.cover_key.view()), expected["cover_key"]);
    EXPECT_EQ(hex(link.code_salt.view()), expected["code_salt"]);
    EXPECT_EQ(hex(seal::sha256(link.link_proof.view())), expected["sha256_link_proof"]);
    const auto root = seal::root(mode, kShare, kSecret, expected["code"].get<std::string>());
    EXPECT_EQ(hex(root.view()), expected["root"]);
    const auto keys = seal::root_keys(mode, kShare, root);
    EXPECT_EQ(hex(keys.code_proof.view()), expected["code_proof"]);
    EXPECT_EQ(hex(seal::sha256(keys.code_proof.view())), expected["sha256_code_proof"]);
    EXPECT_EQ(hex(keys.view_key.view()), expected["view_key"]);
    EXPECT_EQ(hex(keys.view_check.view()), expected["view_check"]);
    EXPECT_EQ(hex(keys.take_key.view()), expected["take_key"]);
    EXPECT_EQ(hex(keys.take_check.view()), expected["take_check"]);
    EXPECT_EQ(hex(keys.receipt_key.view()), expected["receipt_key"]);
  }
}

TEST(Schedule, CoverGrantAndReceiptAreThoseOfTheVectors) {
  const auto expected = vectors();
  const auto link = seal::link_keys(1, kShare, kSecret);
  const auto root = seal::root(1, kShare, kSecret, "0V1M9ZKT2B8D");
  const auto keys = seal::root_keys(1, kShare, root);
  EXPECT_EQ(hex(sealed_fixed(link.cover_key, seal::cover_ad(1, kShare, 1), "{\"v\":1}")),
            expected["cover"]);
  const auto ad = seal::grant_ad(1, kShare, 1, 1, 1);
  EXPECT_EQ(hex(ad), expected["grant_ad"]);
  auto grant = base::to_bytes(keys.view_check.view());
  base::append(grant, sealed_fixed(keys.view_key, ad, "{\"v\":1}"));
  EXPECT_EQ(hex(grant), expected["grant"]);
  auto receipt = seal::label("receipt");
  base::append(receipt, base::as_bytes("{\"kind\":\"opened\"}"));
  EXPECT_EQ(hex(seal::hmac_sha256(keys.receipt_key.view(), receipt)), expected["receipt_mac"]);
}

TEST(Schedule, SeparatesModesSharesAndUses) {
  const auto one = seal::link_keys(0, kShare, kSecret);
  const auto two = seal::link_keys(1, kShare, kSecret);
  const auto three = seal::link_keys(0, counted(1, 16), kSecret);
  EXPECT_NE(hex(one.link_proof.view()), hex(two.link_proof.view()));
  EXPECT_NE(hex(one.link_proof.view()), hex(three.link_proof.view()));
  EXPECT_NE(hex(one.link_proof.view()), hex(one.cover_key.view()));
}

TEST(SpoolFile, IsThatOfTheVectors) {
  const auto expected = vectors()["spool"];
  const auto spool = seal::p256_from_scalar(base::SecretBytes(counted(0x01, 0x20))).value();
  const auto ephemeral = seal::p256_from_scalar(base::SecretBytes(counted(0x41, 0x60))).value();
  EXPECT_EQ(hex(spool.point), expected["pub"]);
  EXPECT_EQ(hex(ephemeral.point), expected["eph"]);
  const auto z = seal::ecdh_p256(ephemeral.scalar, spool.point).value();
  EXPECT_EQ(hex(z.view()), expected["Z"]);
  EXPECT_EQ(hex(seal::ecdh_p256(spool.scalar, ephemeral.point).value().view()), expected["Z"]);
  const auto id = seal::sha256(spool.point);
  const auto key_id = base::ByteView(id).first(8);
  EXPECT_EQ(hex(key_id), expected["key_id"]);

  const auto association = counted(0x30, 0x3f);
  auto info = seal::label("association");
  for (const base::ByteView part : {key_id, base::ByteView(association),
                                    base::ByteView(ephemeral.point), base::ByteView(spool.point)})
    base::append(info, part);
  const auto key = seal::hkdf(z.view(), {}, info, 32);
  EXPECT_EQ(hex(key.view()), expected["association_key"]);

  base::Bytes file = base::to_bytes(base::as_bytes("DCMS\x01"));
  base::append(file, key_id);
  base::append(file, association);
  base::append(file, ephemeral.point);
  base::append_u32_be(file, 1);
  ASSERT_EQ(file.size(), 98U);
  auto ad = seal::label("spool");
  base::append(ad, file);
  base::append(file, sealed_fixed(key, ad, "DICOM"));
  EXPECT_EQ(hex(seal::sha256(file)), expected["file_sha256"]);
}

TEST(Curve, RefusesScalarsOutsideAndPointsOffTheCurve) {
  EXPECT_FALSE(seal::p256_from_scalar(base::SecretBytes(base::Bytes(32, 0))).ok());
  EXPECT_FALSE(seal::p256_from_scalar(base::SecretBytes(base::Bytes(32, 0xff))).ok());
  EXPECT_FALSE(seal::p256_from_scalar(base::SecretBytes(base::Bytes(31, 1))).ok());
  const auto pair = seal::generate_p256();
  auto wrong = pair.point;
  wrong[64] ^= 1;
  EXPECT_FALSE(seal::ecdh_p256(pair.scalar, wrong).ok());
  EXPECT_FALSE(seal::ecdh_p256(pair.scalar, base::Bytes{0}).ok());  // infinity
  EXPECT_FALSE(seal::ecdh_p256(pair.scalar, base::ByteView(pair.point).first(33)).ok());
  EXPECT_FALSE(seal::ecdh_p256(pair.scalar, base::Bytes(65, 0)).ok());
  EXPECT_TRUE(seal::ecdh_p256(pair.scalar, seal::generate_p256().point).ok());
}

TEST(Primitives, AreThoseOfTheStandards) {
  // RFC 5869 A.3: no salt, no info.
  EXPECT_EQ(hex(seal::hkdf(base::Bytes(22, 0x0b), {}, {}, 42).view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  // RFC 4231 test case 2.
  EXPECT_EQ(hex(seal::hmac_sha256(base::as_bytes("Jefe"),
                                  base::as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // RFC 7914 section 11.
  EXPECT_EQ(
      hex(seal::pbkdf2_sha256(base::as_bytes("passwd"), base::as_bytes("salt"), 1, 64).view()),
      "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
      "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
  EXPECT_EQ(hex(seal::sha256({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  seal::Sha256 stream;
  stream.update(base::as_bytes("a"));
  seal::Sha256 moved = std::move(stream);
  moved.update(base::as_bytes("bc"));
  EXPECT_EQ(moved.finish(), seal::sha256(base::as_bytes("abc")));
}

TEST(Random, BytesDiffer) {
  EXPECT_NE(hex(seal::random_secret(32).view()), hex(seal::random_secret(32).view()));
}
