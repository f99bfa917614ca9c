#include "recognize/text_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>

#include "recognize/enlarge.h"

namespace {

using recognize::Picture;
using recognize::TextReader;
using std::chrono::milliseconds;
constexpr auto kLong = milliseconds(600'000);

// Letters of 5 x 7 dots, a row a byte.
const std::map<char, std::array<std::uint8_t, 7>> kFont = {
    {'A', {14, 17, 17, 31, 17, 17, 17}}, {'D', {30, 17, 17, 17, 17, 17, 30}},
    {'E', {31, 16, 16, 30, 16, 16, 31}}, {'L', {16, 16, 16, 16, 16, 16, 31}},
    {'M', {17, 27, 21, 17, 17, 17, 17}}, {'N', {17, 25, 21, 19, 17, 17, 17}},
    {'O', {14, 17, 17, 17, 17, 17, 14}}, {'R', {30, 17, 17, 30, 20, 18, 17}},
    {'V', {17, 17, 17, 17, 17, 10, 4}},  {'2', {14, 17, 1, 2, 4, 8, 31}},
    {'3', {30, 1, 1, 14, 1, 1, 30}},     {'4', {2, 6, 10, 18, 31, 2, 2}},
    {'7', {31, 1, 2, 4, 8, 8, 8}}};

void draw(Picture& picture, std::string_view text, std::uint32_t x, std::uint32_t y,
          std::uint32_t dot, std::uint8_t value) {
  for (const char letter : text) {
    const auto& rows = kFont.at(letter);
    for (std::uint32_t row = 0; row < 7 * dot; ++row)
      for (std::uint32_t column = 0; column < 5 * dot; ++column)
        if (rows[row / dot] >> (4 - column / dot) & 1)
          picture.grey[std::size_t{y + row} * picture.columns + x + column] = value;
    x += 6 * dot;
  }
}

Picture black(std::uint32_t rows = 120, std::uint32_t columns = 260) {
  return {rows, columns, base::Bytes(std::size_t{rows} * columns, 0)};
}

// Waves and speckle, below white.
Picture anatomy(std::uint32_t rows, std::uint32_t columns) {
  auto picture = black(rows, columns);
  std::uint32_t seed = 7;
  for (std::size_t i = 0; i < picture.grey.size(); ++i) {
    seed = seed * 1664525u + 1013904223u;
    const auto wave = 110 + 60 * std::sin(static_cast<double>(i % columns) / 17) *
                                std::cos(static_cast<double>(i / columns) / 13);
    picture.grey[i] = static_cast<std::uint8_t>(wave + (seed >> 27));
  }
  return picture;
}

const base::Bytes& trained() {
  static const base::Bytes bytes = [] {
    std::ifstream in(recognize::kTrainedFile, std::ios::binary);
    return base::Bytes{std::istreambuf_iterator<char>(in), {}};
  }();
  return bytes;
}

bool reads(const Picture& picture, std::string_view word) {
  auto reader = TextReader::create(trained());
  if (!reader) return false;
  auto lines = reader.value().read(picture, kLong);
  if (!lines) return false;
  for (const auto& line : lines.value())
    if (line.find(word) != std::string::npos) return true;
  return false;
}

// What is read of these dots whatever becomes of V and M, which look like W and N.
constexpr std::string_view kMiddle = "ANDER";

TEST(TextReader, ReadsSmallTextOnBlack) {
  auto picture = black();
  draw(picture, "VANDERMOLEN", 20, 20, 1, 255);
  EXPECT_TRUE(reads(picture, "VANDERMOLEN"));
}

TEST(TextReader, ReadsWhiteTextOverAnatomy) {
  auto picture = anatomy(200, 300);
  draw(picture, "VANDERMOLEN", 40, 80, 2, 255);
  EXPECT_TRUE(reads(picture, kMiddle));
}

TEST(TextReader, ReadsDarkTextOnBright) {
  auto picture = black();
  std::fill(picture.grey.begin(), picture.grey.end(), std::uint8_t{200});
  draw(picture, "VANDERMOLEN", 20, 40, 2, 20);
  EXPECT_TRUE(reads(picture, kMiddle));
}

TEST(TextReader, ReadsAcrossTheTilesOfALargePicture) {
  auto picture = black(1100, 1500);
  draw(picture, "VANDERMOLEN", 960, 1000, 2, 255);
  EXPECT_TRUE(reads(picture, kMiddle));
}

TEST(TextReader, FindsNothingInABlackPicture) {
  auto reader = TextReader::create(trained());
  EXPECT_TRUE(reader.value().read(black(), kLong).value().empty());
}

TEST(TextReader, RefusesWhenTimeIsOver) {
  auto picture = anatomy(200, 300);
  auto reader = TextReader::create(trained());
  const auto lines = reader.value().read(picture, milliseconds(0));
  ASSERT_FALSE(lines.ok());
  EXPECT_EQ(lines.fault().remedy, base::Remedy::Reject);
}

TEST(TextReader, NeedsItsTrainedDataAndSaysSo) {
  const auto reader = TextReader::create(base::as_bytes("no such data"));
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.fault().remedy, base::Remedy::AskAdministrator);
  EXPECT_NE(reader.fault().what.find("tesseract-ocr-eng"), std::string::npos);
}

TEST(Enlarged, TilesCoverEveryPixelAndOverlap) {
  for (const std::uint32_t length : {1u, 1024u, 1025u, 1856u, 1857u, 4096u}) {
    const auto tiles = recognize::tiles_of(1, length);
    std::uint32_t covered = 0;
    for (const auto& tile : tiles) {
      EXPECT_TRUE(tile.x == 0 || covered - tile.x == 192) << length;
      covered = tile.x + tile.width;
    }
    EXPECT_EQ(covered, length);
  }
}

TEST(Enlarged, IsThreeTimesAsLargeAndDarkOnBright) {
  Picture picture{1, 3, {0, 255, 0}};
  const auto large = recognize::enlarged(recognize::inked(picture, {0, 0, 3, 1}, true));
  EXPECT_EQ(large.rows, 3u);
  EXPECT_EQ(large.columns, 9u);
  EXPECT_EQ(large.grey[0], 255);
  EXPECT_EQ(large.grey[4], 0);
  EXPECT_EQ(large.grey[8], 255);
}

}  // namespace
