// The sealed stream: the published vector of its inventors, ours, every boundary, every attack.
#include "seal/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "seal/primitives.h"
#include "seal/schedule.h"

namespace {

constexpr std::size_t kSegment = 1U << 20;
constexpr std::size_t kFirst = kSegment - 40 - 16;  // plaintext of segment 0

base::Bytes hex(std::string_view text) { return *base::from_hex(text); }
base::Bytes counted(int from, int to) {
  base::Bytes bytes;
  for (int i = from; i <= to; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}
base::Bytes content(std::size_t size) {
  base::Bytes bytes(size);
  std::uint32_t state = 12345;
  for (auto& byte : bytes)
    byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}
const base::SecretBytes& key() {
  static const base::SecretBytes secret(base::Bytes(32, 7));
  return secret;
}
base::ByteView ad() { return base::as_bytes("associated"); }

base::Bytes sealed(base::ByteView plaintext) {
  return seal::seal_bytes(key(), ad(), plaintext).value();
}
seal::ReadAt reader(const base::Bytes& bytes, std::vector<std::uint64_t>* offsets = nullptr) {
  return [&bytes, offsets](std::uint64_t offset, std::span<std::uint8_t> into) -> base::Status {
    if (offset + into.size() > bytes.size()) return base::reject("test", "behind the end");
    if (offsets) offsets->push_back(offset);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return base::Done{};
  };
}
bool opens(const base::Bytes& bytes) { return seal::open_bytes(key(), ad(), bytes).ok(); }

const seal::Parameters kPublished{16, true, 64};
base::Bytes published_ciphertext() {
  return hex(
      "1893b3af5e14ab378d065addfc8484da642c0862877baea8"
      "db92d9c77406a406168478821c4298eab3e6d531277f4c1a051714faebcaefcbca7b7be05e9445ea"
      "a0bb2904153398a25084dd80ae0edcd1c3079fcea2cd3770630ee36f7539207b8ec9d754956d486b71cdf989f0ed"
      "6fba6779b63558be0a66e668df14e1603cd2"
      "af8944844078345286d0b292e772e7190775c51a0f83e40c0b75821027e7e538e111");
}
constexpr std::string_view kPublishedPlaintext =
    "This is a fairly long plaintext. It is of the exact length to create three output blocks. ";

seal::Sealer::Out appending(base::Bytes& to) {
  return [&to](base::ByteView out) -> base::Status {
    base::append(to, out);
    return base::Done{};
  };
}

// Replaces what was written before; nothing else may be named.
seal::Sealer::OutAt replacing(base::Bytes& in) {
  return [&in](std::uint64_t offset, base::ByteView out) -> base::Status {
    if (offset + out.size() != in.size()) return base::reject("test", "not what is out");
    std::copy(out.begin(), out.end(), in.begin() + static_cast<std::ptrdiff_t>(offset));
    return base::Done{};
  };
}

// With the salt and prefix of the published ciphertext.
seal::Sealer must_seal(const base::SecretBytes& ikm, base::ByteView published, base::Bytes& to) {
  return seal::Sealer::create_fixed(ikm, base::as_bytes("aad"), appending(to),
                                    published.subspan(1, 16), published.subspan(17, 7), kPublished)
      .value();
}

}  // namespace

// tink-java, src/main/java/com/google/crypto/tink/streamingaead/internal/testing/
// AesGcmHkdfStreamingTestUtil.java, createTestVector0 ("from the cross language tests,
// test_manually_created_test_vector"): AES-128, HKDF with SHA-1, segments of 64 bytes.
TEST(PublishedVector, IsOpened) {
  const base::SecretBytes ikm(hex("6eb56cdc726dfbe5d57f2fcdc6e9345b"));
  const auto bytes = published_ciphertext();
  const auto opener =
      seal::Opener::open(ikm, base::as_bytes("aad"), reader(bytes), bytes.size(), kPublished);
  ASSERT_TRUE(opener.ok()) << opener.fault().what;
  base::Bytes plaintext(opener.value().size());
  ASSERT_TRUE(opener.value().read(0, plaintext).ok());
  EXPECT_EQ(base::as_text(plaintext), kPublishedPlaintext);
}

TEST(PublishedVector, IsSealedByteForByte) {
  const base::SecretBytes ikm(hex("6eb56cdc726dfbe5d57f2fcdc6e9345b"));
  const auto expected = published_ciphertext();
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{24}, std::size_t{200}}) {
    base::Bytes bytes;
    auto sealer = seal::Sealer::create_fixed(
        ikm, base::as_bytes("aad"),
        [&](base::ByteView out) -> base::Status {
          base::append(bytes, out);
          return base::Done{};
        },
        base::ByteView(expected).subspan(1, 16), base::ByteView(expected).subspan(17, 7),
        kPublished);
    auto rest = base::as_bytes(kPublishedPlaintext);
    while (!rest.empty()) {
      const auto taken = std::min(piece, rest.size());
      ASSERT_TRUE(sealer.value().give(rest.first(taken)).ok());
      rest = rest.subspan(taken);
    }
    ASSERT_TRUE(sealer.value().finish().ok());
    EXPECT_EQ(base::to_hex(bytes), base::to_hex(expected)) << piece;
  }
}

// The guess decides when bytes go out and never which.
TEST(PublishedVector, IsSealedByteForByteWhicheverSegmentIsGuessedToBeTheLast) {
  const base::SecretBytes ikm(hex("6eb56cdc726dfbe5d57f2fcdc6e9345b"));
  const auto expected = published_ciphertext();
  for (std::uint64_t guess : {0, 1, 2, 3, 9})
    for (const bool early : {false, true})
      for (std::size_t piece :
           {std::size_t{1}, std::size_t{7}, std::size_t{24}, std::size_t{200}}) {
        base::Bytes bytes;
        auto sealer = must_seal(ikm, expected, bytes);
        sealer.guess_last(guess, early ? seal::Sealer::OutAt(replacing(bytes)) : nullptr);
        for (auto rest = base::as_bytes(kPublishedPlaintext); !rest.empty();) {
          const auto taken = std::min(piece, rest.size());
          ASSERT_TRUE(sealer.give(rest.first(taken)).ok());
          rest = rest.subspan(taken);
        }
        ASSERT_TRUE(sealer.finish().ok());
        EXPECT_EQ(base::to_hex(bytes), base::to_hex(expected)) << guess << early << piece;
        EXPECT_EQ(sealer.segments(), 3u);
      }
}

TEST(Sealer, GivesOutTheGuessedSegmentWhileItComesAndReplacesItWhenMoreDoes) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kFirst, kFirst + 1, 3 * kSegment}) {
    base::Bytes bytes;
    const auto plaintext = content(size);
    auto sealer = seal::Sealer::create(key(), ad(), appending(bytes)).value();
    sealer.guess_last(0, replacing(bytes));
    const auto first = std::min(size, kFirst / 2);
    ASSERT_TRUE(sealer.give(base::ByteView(plaintext).first(first)).ok());
    EXPECT_EQ(bytes.size(), 40 + first);
    ASSERT_TRUE(sealer.give(base::ByteView(plaintext).subspan(first)).ok());
    ASSERT_TRUE(sealer.finish().ok());
    EXPECT_EQ(seal::open_bytes(key(), ad(), bytes).value(), plaintext) << size;
  }
}

TEST(OwnVector, OfABlobOf1048521Zeros) {
  std::ifstream file(SOURCE_DIR "/tests/vectors/share.json");
  const auto expected = nlohmann::json::parse(file)["blob"];
  base::Bytes blob;
  auto sealer = seal::Sealer::create_fixed(
      base::SecretBytes(counted(0x00, 0x1f)), seal::blob_ad(counted(0x10, 0x1f), 1),
      [&](base::ByteView out) -> base::Status {
        base::append(blob, out);
        return base::Done{};
      },
      counted(0xa0, 0xbf), counted(0xe0, 0xe6));
  ASSERT_TRUE(sealer.value().give(base::Bytes(1048521)).ok());
  ASSERT_TRUE(sealer.value().finish().ok());
  EXPECT_EQ(blob.size(), expected["len"].get<std::size_t>());
  EXPECT_EQ(base::to_hex(seal::sha256(blob)), expected["sha256"]);
  base::Bytes sums;
  for (std::size_t at = 0; at < blob.size(); at += kSegment)
    base::append(
        sums, seal::sha256(base::ByteView(blob).subspan(at, std::min(kSegment, blob.size() - at))));
  EXPECT_EQ(base::to_hex(seal::sha256(sums)), expected["sums_sha256"]);
}

TEST(Stream, ComesBackAtEveryBoundaryWhateverThePieces) {
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, kFirst - 1, kFirst, kFirst + 1,
                           kFirst + kSegment - 16, kFirst + kSegment - 15, 3 * kSegment}) {
    const auto plaintext = content(size);
    const auto bytes = sealed(plaintext);
    EXPECT_EQ(bytes.size(), seal::sealed_size(size)) << size;
    EXPECT_EQ(seal::plaintext_size(bytes.size()), size);
    EXPECT_EQ(seal::open_bytes(key(), ad(), bytes).value(), plaintext) << size;
  }
}

TEST(Stream, LengthsThatNoSealerWritesAreNone) {
  EXPECT_FALSE(seal::plaintext_size(0));
  EXPECT_FALSE(seal::plaintext_size(55));
  EXPECT_EQ(seal::plaintext_size(56), 0U);
  EXPECT_EQ(seal::plaintext_size(kSegment), kFirst);
  for (std::size_t rest = 1; rest <= 16; ++rest)
    EXPECT_FALSE(seal::plaintext_size(kSegment + rest));
  EXPECT_EQ(seal::plaintext_size(kSegment + 17), kFirst + 1);
  EXPECT_FALSE(seal::plaintext_size((std::uint64_t{1} << 40) + 17));  // more than 2^20 segments
  EXPECT_FALSE(seal::plaintext_size(~std::uint64_t{0}));
}

TEST(Stream, IsCutNowhere) {
  const auto bytes = sealed(content(2 * kSegment));
  for (std::size_t size : {bytes.size() - 1, bytes.size() - 16, 2 * kSegment, kSegment,
                           kSegment + 17, std::size_t{56}, std::size_t{40}, std::size_t{0}})
    EXPECT_FALSE(
        opens(base::Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))))
        << size;
}

TEST(Stream, IsNotReorderedSwappedOrAppendedTo) {
  const auto bytes = sealed(content(3 * kSegment));
  auto reordered = bytes;
  std::swap_ranges(reordered.begin() + kSegment, reordered.begin() + 2 * kSegment,
                   reordered.begin() + 2 * kSegment);
  EXPECT_FALSE(opens(reordered));

  const auto other = sealed(content(3 * kSegment));
  auto swapped = bytes;
  std::copy_n(other.begin() + kSegment, kSegment, swapped.begin() + kSegment);
  EXPECT_FALSE(opens(swapped));

  auto appended = bytes;
  appended.push_back(0);
  EXPECT_FALSE(opens(appended));
  appended = bytes;
  appended.insert(appended.end(), bytes.end() - 100, bytes.end());
  EXPECT_FALSE(opens(appended));
}

TEST(Stream, WithAnyBitChangedIsRefused) {
  const auto bytes = sealed(content(1000));
  for (std::size_t at = 0; at < bytes.size(); at += 13) {
    auto wrong = bytes;
    wrong[at] ^= 1;
    EXPECT_FALSE(opens(wrong)) << at;
  }
}

TEST(Stream, NeedsItsKeyAndAssociatedData) {
  const auto bytes = sealed(content(10));
  EXPECT_FALSE(seal::open_bytes(base::SecretBytes(base::Bytes(32, 8)), ad(), bytes).ok());
  EXPECT_FALSE(seal::open_bytes(key(), base::as_bytes("associate"), bytes).ok());
  EXPECT_FALSE(seal::open_bytes(key(), {}, bytes).ok());
}

TEST(Stream, IsNeverSealedTwiceAlike) { EXPECT_NE(sealed(content(10)), sealed(content(10))); }

TEST(Sealer, HandsOutTheHeaderThenWholeSegmentsAndStopsAtAFault) {
  std::vector<std::size_t> sizes;
  auto sealer = seal::Sealer::create(key(), ad(), [&](base::ByteView out) -> base::Status {
    sizes.push_back(out.size());
    if (sizes.size() == 3) return base::retry_later("test", "disk full");
    return base::Done{};
  });
  EXPECT_FALSE(sealer.value().give(content(4 * kSegment)).ok());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{40, kSegment - 40, kSegment}));
}

TEST(Sealer, RefusesAKeyThatIsTooShort) {
  const auto out = [](base::ByteView) -> base::Status { return base::Done{}; };
  EXPECT_FALSE(seal::Sealer::create(base::SecretBytes(base::Bytes(31)), ad(), out).ok());
}

TEST(Opener, ReadsTheLastSegmentFirstAndEachOneOnceInSequence) {
  const auto plaintext = content(4 * kSegment);
  const auto bytes = sealed(plaintext);
  std::vector<std::uint64_t> offsets;
  const auto opener = seal::Opener::open(key(), ad(), reader(bytes, &offsets), bytes.size());
  ASSERT_TRUE(opener.ok());
  EXPECT_EQ(offsets.back(), 4 * kSegment);
  offsets.clear();
  base::Bytes read(plaintext.size());
  for (std::size_t at = 0; at < read.size(); at += 4096)
    ASSERT_TRUE(
        opener.value()
            .read(at, std::span(read).subspan(at, std::min<std::size_t>(4096, read.size() - at)))
            .ok());
  EXPECT_EQ(read, plaintext);
  EXPECT_LE(offsets.size(), 5U);
}

TEST(Opener, ReadsAnywhereAndNeverBehindTheEnd) {
  const auto plaintext = content(3 * kSegment + 5);
  const auto bytes = sealed(plaintext);
  const auto opener = seal::Opener::open(key(), ad(), reader(bytes), bytes.size());
  for (std::size_t at : {std::size_t{0}, kFirst - 3, kFirst, 2 * kSegment, plaintext.size() - 7}) {
    base::Bytes piece(std::min<std::size_t>(kSegment + 100, plaintext.size() - at));
    ASSERT_TRUE(opener.value().read(at, piece).ok());
    EXPECT_TRUE(
        std::equal(piece.begin(), piece.end(), plaintext.begin() + static_cast<std::ptrdiff_t>(at)))
        << at;
  }
  base::Bytes two(2);
  EXPECT_FALSE(opener.value().read(plaintext.size() - 1, two).ok());
  EXPECT_FALSE(opener.value().read(~std::uint64_t{0}, two).ok());
}

TEST(Opener, WipesWhatItReadOfASegmentThatIsNotGenuine) {
  auto bytes = sealed(content(3 * kSegment));
  bytes[kSegment + 100] ^= 1;
  const auto opener = seal::Opener::open(key(), ad(), reader(bytes), bytes.size());
  base::Bytes all(kFirst + kSegment);
  EXPECT_FALSE(opener.value().read(0, all).ok());
  EXPECT_TRUE(std::all_of(all.begin() + kFirst, all.begin() + kFirst + 1000,
                          [](auto b) { return b == 0; }));
}

TEST(Opener, NeedsNoMoreThanTheDerivedKeyOfItsStream) {
  const auto bytes = sealed(content(100));
  auto derived = seal::segment_key(key(), base::ByteView(bytes).subspan(1, 32), ad());
  EXPECT_TRUE(
      seal::Opener::open_with_segment_key(std::move(derived), reader(bytes), bytes.size()).ok());
}
