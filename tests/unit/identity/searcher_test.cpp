#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "identity/identifiers.h"

namespace {

using identity::Identifier;
using identity::Identifiers;
using identity::Kind;
using identity::Searcher;

Searcher searcher_of(std::vector<Identifier> list) {
  auto searcher = Searcher::create(Identifiers(std::move(list)));
  return std::move(searcher).value();
}

bool finds(const Searcher& searcher, std::string_view text) {
  return searcher.find(base::as_bytes(text)).has_value();
}

TEST(Searcher, FindsANameInAnyCaseAtWordBoundaries) {
  const auto searcher = searcher_of({{Kind::Name, "vandermolen"}});
  EXPECT_TRUE(finds(searcher, "for VANDERMOLEN W."));
  EXPECT_TRUE(finds(searcher, "Vandermolen"));
  EXPECT_TRUE(finds(searcher, "x^vandermolen^y"));
  EXPECT_FALSE(finds(searcher, "vandermolens"));
  EXPECT_FALSE(finds(searcher, "xvandermolen"));
  EXPECT_FALSE(finds(searcher, "vandermole"));
}

TEST(Searcher, FindsWideCharactersOfBothOrders) {
  const auto searcher = searcher_of({{Kind::Name, "okafor"}});
  EXPECT_TRUE(finds(searcher, std::string_view("O\0k\0a\0f\0o\0r\0 \0", 14)));
  EXPECT_TRUE(finds(searcher, std::string_view("\0O\0k\0a\0f\0o\0r", 12)));
  EXPECT_FALSE(finds(searcher, std::string_view("O\0k\0a\0f\0o\0r\0s\0", 14)));
  EXPECT_FALSE(finds(searcher, std::string_view("x\0O\0k\0a\0f\0o\0r\0", 14)));
}

TEST(Searcher, FindsDatesInEveryWriting) {
  const auto searcher = searcher_of({{Kind::Date, "20230517"}});
  for (const auto* text : {"20230517", "20230517134501.5", "on 2023-05-17.", "17.05.2023",
                           "5: 05/17/2023", "17 May 2023", "MAY 17, 2023"})
    EXPECT_TRUE(finds(searcher, text)) << text;
  EXPECT_FALSE(finds(searcher, "2.25.20230517999")) << "part of a UID";
  EXPECT_FALSE(finds(searcher, "120230517"));
}

TEST(Searcher, TellsNumbersFromPartsOfNumbers) {
  const auto searcher = searcher_of({{Kind::Id, "773412"}});
  EXPECT_TRUE(finds(searcher, "no. 773412, left"));
  EXPECT_TRUE(finds(searcher, "773412."));
  EXPECT_FALSE(finds(searcher, "1.773412"));
  EXPECT_FALSE(finds(searcher, "773412.5"));
  EXPECT_FALSE(finds(searcher, "7734120"));
}

TEST(Searcher, FindsUidsThatGoOnAfterAPoint) {
  const auto searcher = searcher_of({{Kind::Uid, "1.2.826.0.1.3680043.9.9999.1"}});
  EXPECT_TRUE(finds(searcher, "1.2.826.0.1.3680043.9.9999.1.100.1"));
  EXPECT_TRUE(finds(searcher, "see 1.2.826.0.1.3680043.9.9999.1"));
  EXPECT_FALSE(finds(searcher, "1.2.826.0.1.3680043.9.9999.12"));
  EXPECT_FALSE(finds(searcher, "1.2.826.0.1.3680043.9.999"));
}

TEST(Searcher, ComparesShortOnesToWholeValuesOnly) {
  const auto searcher = searcher_of({{Kind::Id, "1"}, {Kind::Id, "7734"}, {Kind::Name, "li^bo"}});
  EXPECT_FALSE(finds(searcher, "7734"));
  EXPECT_TRUE(searcher.is_whole_value("7734 "));
  EXPECT_TRUE(searcher.is_whole_value("BO LI"));
  EXPECT_FALSE(searcher.is_whole_value("1")) << "would quarantine everything";
  EXPECT_FALSE(searcher.is_whole_value("a 7734"));
}

TEST(Searcher, KnowsHomonymsOnlyWithinAName) {
  const auto searcher =
      searcher_of({{Kind::Name, "hand"}, {Kind::Name, "shoulder"}, {Kind::Name, "shoulder^may"}});
  EXPECT_FALSE(finds(searcher, "XR SHOULDER LEFT"));
  EXPECT_TRUE(finds(searcher, "for May Shoulder"));
}

TEST(Searcher, FoldsMarksOfTextAndIdentifier) {
  const auto searcher = searcher_of({{Kind::Name, "Müller-Łukasz"}});
  EXPECT_TRUE(searcher.find_text("MULLER-LUKASZ").has_value());
  EXPECT_TRUE(searcher.find_text("müller-łukasz").has_value());
  const auto plain = searcher_of({{Kind::Name, "garcia"}});
  EXPECT_TRUE(plain.find_text("García").has_value());
}

TEST(Pass, FindsAcrossPiecesOfEverySize) {
  const auto searcher = searcher_of({{Kind::Name, "vandermolen"}, {Kind::Date, "20230517"}});
  std::string text(3000, '.');
  text.replace(1490, 13, " Vandermolen ");
  for (std::size_t piece = 1; piece < 1600; piece += piece < 40 ? 1 : 97) {
    Searcher::Pass pass(searcher);
    std::optional<Searcher::Hit> hit;
    for (std::size_t at = 0; at < text.size() && !hit; at += piece)
      hit = pass.feed(base::as_bytes(std::string_view(text).substr(at, piece)));
    if (!hit) hit = pass.finish();
    ASSERT_TRUE(hit.has_value()) << piece;
    EXPECT_EQ(hit->offset, 1502u) << piece;
  }
}

TEST(Pass, NeedsTheEndAsABoundary) {
  const auto searcher = searcher_of({{Kind::Name, "vandermolen"}});
  Searcher::Pass ends(searcher), goes_on(searcher);
  EXPECT_FALSE(ends.feed(base::as_bytes("xx vandermolen")).has_value());
  const auto hit = ends.finish();
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->offset, 14u);
  EXPECT_FALSE(goes_on.feed(base::as_bytes("xx vandermolen")).has_value());
  EXPECT_FALSE(goes_on.feed(base::as_bytes("s yy")).has_value());
  EXPECT_FALSE(goes_on.finish().has_value());
}

TEST(Pass, LooksInPixelsForLongFormsOnly) {
  const auto searcher = searcher_of({{Kind::Name, "okafor"}, {Kind::Name, "vandermolen"}});
  Searcher::Pass pass(searcher, true);
  EXPECT_FALSE(pass.feed(base::as_bytes(" okafor ............")).has_value());
  EXPECT_FALSE(pass.feed(base::as_bytes(" vandermolen ")).has_value() && pass.finish().has_value());
  Searcher::Pass other(searcher, true);
  auto hit = other.feed(base::as_bytes(" vandermolen "));
  if (!hit) hit = other.finish();
  EXPECT_TRUE(hit.has_value());
}

TEST(Pass, FindsNothingWithoutIdentifiers) {
  const auto searcher = searcher_of({});
  Searcher::Pass pass(searcher);
  const std::string text(10000, 'a');
  EXPECT_FALSE(pass.feed(base::as_bytes(text)).has_value());
  EXPECT_FALSE(pass.finish().has_value());
}

// The same places as a search by hand, over text dense with near misses.
TEST(Pass, AgreesWithASearchByHand) {
  const auto searcher = searcher_of({{Kind::Name, "abcab"}, {Kind::Name, "bcabcc"}});
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 400; ++i) text += "abc ."[random() % 5];
    bool expected = false;
    const std::string padded = " " + text + " ";
    for (const std::string word : {"abcab", "bcabcc"})
      for (auto at = padded.find(word); at != std::string::npos; at = padded.find(word, at + 1))
        expected |= !isalnum(padded[at - 1]) && !isalnum(padded[at + word.size()]);
    EXPECT_EQ(finds(searcher, text), expected) << text;
  }
}

// However many black pixels lie before and behind it, and whichever order its characters have.
TEST(Pass, FindsBehindZeros) {
  const auto searcher = searcher_of({{Kind::Name, "vandermolen"}});
  const std::string plain = "vandermolen";
  std::string little, big;
  for (const char c : plain) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  for (const auto& word : {plain, little, big})
    for (std::size_t before = 0; before < 40; ++before)
      for (const std::size_t behind : {0u, 1u, 2u, 9u, 40u}) {
        const auto zeros = std::string(before, '\0');
        const auto text = "\x01" + zeros + word + std::string(behind, '\0') + "\x01";
        for (const bool in_pixels : {false, true}) {
          Searcher::Pass pass(searcher, in_pixels);
          const auto hit = pass.feed(base::as_bytes(text));
          EXPECT_TRUE(hit || pass.finish()) << before << " " << behind << " " << word.size();
        }
      }
}

// As many forms as there may be that begin alike: found by halving, not one after the other.
TEST(Pass, KnowsThousandsOfFormsThatBeginAlike) {
  std::vector<Identifier> list;
  for (int i = 10'000; i < 30'000; i += 2)
    list.push_back({Kind::Id, "aaaaaaaa" + std::to_string(i)});
  list.push_back({Kind::Id, "aaaaaaaa"});
  list.push_back({Kind::Id, "aaaaaaaa2"});
  const auto searcher = searcher_of(list);
  for (const char* text :
       {"x aaaaaaaa10000 x", "aaaaaaaa29998", "AAAAAAAA20000.", "aaaaaaaa", "aaaaaaaa2"})
    EXPECT_TRUE(finds(searcher, text)) << text;
  for (const char* text : {"aaaaaaaa10001", "aaaaaaaa3", "aaaaaaaa299980", "aaaaaaaaa", "aaaaaaa"})
    EXPECT_FALSE(finds(searcher, text)) << text;
  const std::string alike(4u << 20, 'a');
  EXPECT_FALSE(finds(searcher, alike));
}

TEST(Searcher, FindsWhatIsLongerThanItSearchesFor) {
  const std::string id(140, 'q');
  const auto searcher = searcher_of({{Kind::Id, id}});
  EXPECT_TRUE(finds(searcher, "id " + id + " end"));
}

TEST(Pass, FindsNothingInNoise) {
  std::vector<Identifier> list{{Kind::Name, "vandermolen"},
                               {Kind::Name, "vandermolen^wilhelmina"},
                               {Kind::Id, "mrn-7734-xq"}};
  for (int day = 10; day < 30; ++day) list.push_back({Kind::Date, "202305" + std::to_string(day)});
  const auto searcher = searcher_of(list);
  std::mt19937_64 random(1);
  base::Bytes noise(32 << 20);
  for (std::size_t i = 0; i < noise.size(); i += 8)
    for (auto [j, word] = std::pair(0, random()); j < 8; ++j)
      noise[i + j] = static_cast<std::uint8_t>(word >> 8 * j);
  for (const bool in_pixels : {false, true}) {
    const auto begun = std::chrono::steady_clock::now();
    Searcher::Pass pass(searcher, in_pixels);
    EXPECT_FALSE(pass.feed(noise).has_value());
    EXPECT_FALSE(pass.finish().has_value());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    RecordProperty(in_pixels ? "pixel_mb_per_s" : "byte_mb_per_s",
                   static_cast<int>(static_cast<double>(noise.size()) / 1e6 / took.count()));
  }
}

}  // namespace
