// Links and codes against the published vectors; every hash comes from OpenSSL through a small
// bridge.
#include "share/link.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace {

std::array<std::uint8_t, 32> sha256(base::ByteView bytes) {
  std::array<std::uint8_t, 32> digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

nlohmann::json vectors() {
  std::ifstream file(SOURCE_DIR "/tests/vectors/share.json");
  return nlohmann::json::parse(file);
}

share::Id vector_id() {
  share::Id id;
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::uint8_t>(i);
  return id;
}

base::SecretBytes vector_secret() {
  base::Bytes bytes;
  for (int i = 0x20; i < 0x40; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return base::SecretBytes(std::move(bytes));
}

const std::string kLink =
    "https://share.example.org/s/AAECAwQFBgcICQoLDA0ODw"
    "#ESAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_s5jd";

std::string hint_for(const std::string& text) {
  const auto link = share::parse_link(text, sha256);
  return link.ok() ? "accepted" : link.fault().what;
}

}  // namespace

TEST(Link, IsWrittenAsInTheVectorsInEveryMode) {
  for (int mode = 0; mode < 3; ++mode) {
    const auto expected = vectors()["mode" + std::to_string(mode)]["fragment"].get<std::string>();
    EXPECT_EQ(share::write_link("https://h.example", vector_id(), static_cast<share::Mode>(mode),
                                vector_secret(), sha256),
              "https://h.example/s/AAECAwQFBgcICQoLDA0ODw#" + expected);
  }
}

TEST(Link, IsReadBackWithItsOriginModeAndSecret) {
  const auto link = share::parse_link(kLink, sha256);
  ASSERT_TRUE(link.ok()) << link.fault().what;
  EXPECT_EQ(link.value().origin, "https://share.example.org");
  EXPECT_EQ(link.value().id, vector_id());
  EXPECT_EQ(link.value().mode, share::Mode::Code);
  EXPECT_EQ(base::to_hex(link.value().secret.view()), base::to_hex(vector_secret().view()));
  EXPECT_FALSE(link.value().repaired);
}

TEST(Link, IsRepairedWhenAMailGatewayMangledIt) {
  for (const char* mark : {"%23", "%2523"}) {
    auto text = kLink;
    text.replace(text.find('#'), 1, mark);
    const auto link = share::parse_link("  <" + text + ">.\r\n", sha256);
    ASSERT_TRUE(link.ok()) << mark << link.fault().what;
    EXPECT_TRUE(link.value().repaired);
  }
}

TEST(Link, IsJoinedWhenAMailProgramWrappedIt) {
  EXPECT_EQ(hint_for(kLink.substr(0, 40) + "\r\n" + kLink.substr(40)), "accepted");
}

TEST(Link, ThatIsCutOrMistypedIsRecognisedWithoutARequest) {
  for (std::size_t cut = 30; cut < kLink.size(); ++cut)
    EXPECT_NE(hint_for(kLink.substr(0, cut)), "accepted") << cut;
  for (std::size_t at = kLink.find('#') + 1; at < kLink.size(); ++at) {
    auto text = kLink;
    text[at] = text[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(hint_for(text), "accepted") << at;
  }
  EXPECT_NE(hint_for(kLink.substr(0, kLink.size() - 1)).find("copy all of it"), std::string::npos);
}

TEST(Link, OfAnotherShareDoesNotMatchItsSum) {
  auto text = kLink;
  text.replace(text.find("AAEC"), 4, "AAED");
  EXPECT_NE(hint_for(text), "accepted");
}

TEST(Link, ToAnAddressThatCouldBeReadInTwoWaysIsRefused) {
  for (const char* origin : {"http://share.example.org", "ftp://share.example.org", "https://",
                             "https://user@share.example.org", "https://a.example/x",
                             "https://a.example:port", "https://a\\b", "javascript:alert(1)"}) {
    const auto text = origin + kLink.substr(kLink.find("/s/"));
    EXPECT_NE(hint_for(text), "accepted") << origin;
  }
  for (const char* origin : {"http://127.0.0.1:8080", "http://localhost", "http://[::1]:9",
                             "https://[2001:db8::1]:8443", "HTTPS://Share.Example.org"})
    EXPECT_EQ(hint_for(origin + kLink.substr(kLink.find("/s/"))), "accepted") << origin;
}

TEST(Link, SecretIsDrawnAgainWhenTheFragmentWouldEndInAPunctuationMark) {
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    base::Bytes bytes(32, static_cast<std::uint8_t>(i));
    bytes[0] = static_cast<std::uint8_t>(i >> 8);
    const base::SecretBytes secret(std::move(bytes));
    const auto link =
        share::write_link("https://h", vector_id(), share::Mode::Code, secret, sha256);
    const bool good = link.back() != '-' && link.back() != '_';
    EXPECT_EQ(share::good_secret(vector_id(), share::Mode::Code, secret, sha256), good);
    refused += good ? 0 : 1;
  }
  EXPECT_GT(refused, 5);  // about 1 in 32
}

TEST(Id, IsTwentyTwoCharactersAndNothingElse) {
  EXPECT_EQ(share::id_text(vector_id()), "AAECAwQFBgcICQoLDA0ODw");
  EXPECT_EQ(share::parse_id("AAECAwQFBgcICQoLDA0ODw"), vector_id());
  EXPECT_FALSE(share::parse_id("AAECAwQFBgcICQoLDA0ODx"));  // spare bits
  EXPECT_FALSE(share::parse_id("AAECAwQFBgcICQoLDA0OD"));
  EXPECT_FALSE(share::parse_id("AAECAwQFBgcICQoLDA0OD="));
}

TEST(Code, IsReadAsPeopleTypeIt) {
  EXPECT_EQ(share::normal_code(share::Mode::Code, "oVlm-9zkt 2b8d"), "0V1M9ZKT2B8D");
  EXPECT_EQ(share::normal_code(share::Mode::Phrase, "Copper-lantern  orbit Maple QUIET stone"),
            "copper lantern orbit maple quiet stone");
  EXPECT_EQ(share::normal_code(share::Mode::LinkOnly, "anything"), "");
}

TEST(Code, ThatCannotBeOneIsRefusedBeforeItCountsAsAnAttempt) {
  for (const char* typed :
       {"", "0V1M9ZKT2B8", "0V1M9ZKT2B8DD", "0V1M9ZKT2B8U", "0V1M9ZKT2B8\xc3\x84"})
    EXPECT_FALSE(share::normal_code(share::Mode::Code, typed)) << typed;
  EXPECT_FALSE(share::normal_code(share::Mode::Phrase, "five words are too few"));
}

TEST(Code, IsDrawnUniformlyAndShownInGroups) {
  base::Bytes random;
  for (int i = 0; i < 12; ++i) random.push_back(static_cast<std::uint8_t>(i * 23));
  const auto code = share::make_code(random);
  EXPECT_EQ(share::normal_code(share::Mode::Code, code), code);
  EXPECT_EQ(share::code_for_people("0V1M9ZKT2B8D"), "0V1M-9ZKT-2B8D");
  EXPECT_EQ(share::normal_code(share::Mode::Code, share::code_for_people(code)), code);
}

TEST(Padding, HidesTheLengthToAboutThreePercent) {
  EXPECT_EQ(share::padded_size(1), 4096U);
  EXPECT_EQ(share::padded_size(4096), 4096U);
  EXPECT_EQ(share::padded_size(4097), 8192U);
  EXPECT_EQ(share::padded_size((1U << 20) + 1), (1U << 20) + (1U << 15));
  for (std::uint64_t n = 200'000; n < 4'000'000'000; n = n * 3 / 2 + 7) {
    EXPECT_GE(share::padded_size(n), n);
    EXPECT_LT(static_cast<double>(share::padded_size(n)), static_cast<double>(n) * 1.032) << n;
  }
}
