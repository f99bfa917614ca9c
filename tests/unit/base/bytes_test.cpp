#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/guarded.h"
#include "base/handle.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/sensitive.h"

namespace {

using base::Bytes;

TEST(Hex, WritesLowerCaseAndReadsEither) {
  EXPECT_EQ(base::to_hex(Bytes{0x00, 0xAB, 0xFF}), "00abff");
  EXPECT_EQ(base::from_hex("00AbfF"), (Bytes{0x00, 0xAB, 0xFF}));
  EXPECT_EQ(base::from_hex(""), Bytes{});
}

TEST(Hex, RefusesWhatIsNotHex) {
  for (const char* text : {"0", "0g", "g0", "0x00", " 00", "00 ", "-1"})
    EXPECT_FALSE(base::from_hex(text)) << text;
}

// RFC 4648 section 10, without the padding, and the two symbols that set base64url apart.
TEST(Base64url, AgreesWithThePublishedVectors) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base::to_base64url(base::as_bytes(plain)), text);
    EXPECT_EQ(base::from_base64url(text), base::to_bytes(base::as_bytes(plain)));
  }
  EXPECT_EQ(base::to_base64url(Bytes{0xFB, 0xFF}), "-_8");
}

TEST(Base64url, RefusesPaddingOtherAlphabetsAndSpareBits) {
  for (const char* text : {"Zg==", "Zg=", "+/8", "Zm9vY", "Zh", "Zm9", "Z g", "Zg\n"})
    EXPECT_FALSE(base::from_base64url(text)) << text;
  EXPECT_FALSE(base::from_base64url(std::string_view("Zg\0", 3)));
}

TEST(Base64url, ComesBackForEveryLength) {
  Bytes bytes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(base::from_base64url(base::to_base64url(bytes)), bytes);
    bytes.push_back(static_cast<std::uint8_t>(i * 37));
  }
}

TEST(BigEndian, WritesAndReadsItsWholeRange) {
  Bytes bytes;
  base::append_u32_be(bytes, 0xDEADBEEF);
  base::append_u64_be(bytes, 0x0123456789ABCDEF);
  EXPECT_EQ(base::to_hex(bytes), "deadbeef0123456789abcdef");
  EXPECT_EQ(base::read_u32_be(bytes), 0xDEADBEEFu);
  EXPECT_EQ(base::read_u64_be(base::ByteView(bytes).subspan(4)), 0x0123456789ABCDEFull);
}

TEST(EqualInConstantTime, ComparesEveryByteAndTheLength) {
  const Bytes a{1, 2, 3};
  EXPECT_TRUE(base::equal_in_constant_time(a, Bytes{1, 2, 3}));
  EXPECT_TRUE(base::equal_in_constant_time({}, {}));
  EXPECT_FALSE(base::equal_in_constant_time(a, Bytes{1, 2}));
  for (std::size_t i = 0; i < a.size(); ++i) {
    Bytes other = a;
    other[i] ^= 0x80;
    EXPECT_FALSE(base::equal_in_constant_time(a, other));
  }
}

TEST(SecretBytes, LeavesNothingBehindWhenItMoves) {
  base::SecretBytes secret(Bytes{1, 2, 3});
  base::SecretBytes taken(std::move(secret));
  EXPECT_TRUE(secret.empty());  // NOLINT: what moving promises
  EXPECT_EQ(base::to_hex(taken.view()), "010203");
  base::SecretBytes other(Bytes{9, 9});
  other = std::move(taken);
  EXPECT_TRUE(taken.empty());  // NOLINT
  EXPECT_EQ(other.size(), 3u);
  EXPECT_EQ(base::to_hex(other.copy().view()), "010203");
}

TEST(SecretBytes, WipesWhatItOverwrites) {
  base::SecretBytes secret(Bytes(64, 0xAA));
  const std::uint8_t* memory = secret.view().data();
  base::SecretBytes keeper(Bytes(64, 0xBB));
  const auto* kept = keeper.view().data();
  secret = std::move(keeper);
  EXPECT_EQ(secret.view().data(), kept);
  EXPECT_NE(secret.view().data(), memory);
}

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Appendable = requires(std::string text, const T& value) {
  text += value;
};

TEST(Sensitive, HasNoWayOutButReveal) {
  using Name = base::Sensitive<std::string>;
  static_assert(!Printable<Name>);
  static_assert(!Appendable<Name>);
  static_assert(!std::is_convertible_v<Name, std::string>);
  static_assert(!std::is_copy_constructible_v<base::SecretBytes>);
  static_assert(!Printable<base::SecretBytes>);
  EXPECT_EQ(Name("Doe^Jane").reveal(), "Doe^Jane");
  EXPECT_EQ(Name("a"), Name("a"));
  EXPECT_NE(Name("a"), Name("b"));
}

base::Result<int> half_of(int n) {
  if (n % 2 != 0) return base::reject("test", "odd");
  return n / 2;
}
base::Result<int> quarter_of(int n) { return TRY(half_of(TRY(half_of(n)))); }

TEST(Result, CarriesAValueOrTheFaultThatPreventedIt) {
  EXPECT_EQ(quarter_of(12).value(), 3);
  const auto odd = quarter_of(6);
  ASSERT_FALSE(odd.ok());
  EXPECT_EQ(odd.fault().remedy, base::Remedy::Reject);
  EXPECT_EQ(odd.fault().what, "odd");
}

int released = 0;
void release(int* /*object*/) { ++released; }

TEST(Handle, ReleasesOnceAndOnlyWhatItOwns) {
  int object = 0;
  {
    base::Handle<int, release> first(&object);
    auto second = std::move(first);
    const base::Handle<int, release> none;
  }
  EXPECT_EQ(released, 1);
}

TEST(Guarded, GivesTheValueOnlyUnderItsLock) {
  base::Guarded<std::vector<int>> list(std::vector<int>{1});
  list.lock()->push_back(2);
  EXPECT_EQ(*list.lock(), (std::vector<int>{1, 2}));
}

}  // namespace
