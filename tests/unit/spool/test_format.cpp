#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seal/primitives.h"
#include "seal/stream.h"
#include "spool/format.h"

namespace spool {
namespace {

base::Bytes range(std::uint8_t first, std::size_t count) {
  base::Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

// The vector of docs/spool.md.
class SpoolVector : public ::testing::Test {
 protected:
  SpoolVector() {
    std::copy_n(ephemeral.point.begin(), 65, header.ephemeral_point.begin());
    header.key_id = key_id(spool_pair.point);
    const base::Bytes id = range(0x30, 16);
    std::copy(id.begin(), id.end(), header.association.begin());
    header.sequence = 1;
  }
  seal::KeyPair spool_pair = seal::p256_from_scalar(base::SecretBytes(range(0x01, 32))).value();
  seal::KeyPair ephemeral = seal::p256_from_scalar(base::SecretBytes(range(0x41, 32))).value();
  Header header;
};

TEST_F(SpoolVector, KeyIdIsTheBeginningOfTheDigestOfThePoint) {
  EXPECT_EQ(base::to_hex(header.key_id), "4269889431e31319");
}

TEST_F(SpoolVector, BothSidesDeriveThePublishedAssociationKey) {
  const auto reading =
      association_key(header, spool_pair.scalar, ephemeral.point, spool_pair.point);
  const auto writing =
      association_key(header, ephemeral.scalar, spool_pair.point, spool_pair.point);
  constexpr auto kPublished = "c36d78e9f15db62fbb41efe67ee0534683b877ddc3da1eb2ae16bd4a5b0a1185";
  EXPECT_EQ(base::to_hex(reading.value().view()), kPublished);
  EXPECT_EQ(base::to_hex(writing.value().view()), kPublished);
}

TEST_F(SpoolVector, TheWholeFileHasThePublishedDigest) {
  const auto key = association_key(header, spool_pair.scalar, ephemeral.point, spool_pair.point);
  const auto head = write_header(header);
  base::Bytes file(head.begin(), head.end());
  const auto out = [&](base::ByteView sealed) -> base::Status {
    base::append(file, sealed);
    return base::Done{};
  };
  auto sealer = seal::Sealer::create_fixed(key.value(), associated_data(head), out, range(0xA0, 32),
                                           range(0xE0, 7));
  ASSERT_TRUE(sealer.value().give(base::as_bytes("DICOM")).ok());
  ASSERT_TRUE(sealer.value().finish().ok());
  EXPECT_EQ(base::to_hex(seal::sha256(file)),
            "2fcc7d5f15b93836baa5e481c49a311e6013fa16bda80fb8d31f7d1959524104");
}

TEST_F(SpoolVector, AHeaderReadsBackAsWritten) {
  header.sequence = 0xFEDCBA98;
  const auto read = parse_header(write_header(header));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().key_id, header.key_id);
  EXPECT_EQ(read.value().association, header.association);
  EXPECT_EQ(read.value().ephemeral_point, header.ephemeral_point);
  EXPECT_EQ(read.value().sequence, header.sequence);
}

TEST_F(SpoolVector, AHeaderOfAnotherKindIsRefused) {
  auto bytes = write_header(header);
  EXPECT_FALSE(parse_header(base::ByteView(bytes).first(97)).ok());
  bytes[4] = 2;
  EXPECT_FALSE(parse_header(bytes).ok());
  bytes[4] = 1;
  std::fill(bytes.end() - 4, bytes.end(), std::uint8_t{0});
  EXPECT_FALSE(parse_header(bytes).ok());
}

TEST_F(SpoolVector, APointOffTheCurveGivesNoKey) {
  base::Bytes off = ephemeral.point;
  off.back() ^= 1;
  EXPECT_FALSE(association_key(header, spool_pair.scalar, off, spool_pair.point).ok());
}

TEST(FileName, OnlyTheNamesThatAreWrittenAreRead) {
  EXPECT_EQ(file_name(12), "12.dcms");
  EXPECT_EQ(parse_file_name("12.dcms"), 12u);
  EXPECT_EQ(parse_file_name("2147483646.dcms"), 2147483646u);
  for (const char* wrong :
       {"0.dcms", "01.dcms", "2147483647.dcms", "4294967295.dcms", "4294967296.dcms", ".dcms",
        "1.dcm", "-1.dcms", "1x.dcms", "99999999999.dcms", "origin", ""})
    EXPECT_EQ(parse_file_name(wrong), std::nullopt) << wrong;
}

TEST(OriginText, ReadsBackAsWritten) {
  const auto read = parse_origin(write_origin({"[::]:11112", "10.1.2.3", "ab", 1700000000}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().listener, "[::]:11112");
  EXPECT_EQ(read.value().peer_address, "10.1.2.3");
  EXPECT_EQ(read.value().certificate, "ab");
  EXPECT_EQ(read.value().opened_at, 1700000000);
}

TEST(OriginText, AnythingElseIsRefused) {
  for (const char* wrong : {"", "{}", "[]", "{\"v\":2}", "nonsense", R"({"v":1,"listener":3})"})
    EXPECT_FALSE(parse_origin(wrong).ok()) << wrong;
  EXPECT_FALSE(parse_origin(std::string(5000, ' ')).ok());
}

}  // namespace
}  // namespace spool
