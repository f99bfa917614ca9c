#include "pixels/grey.h"

#include <gmock/gmock.h>

#include <initializer_list>

namespace {

using pixels::Colour;
using pixels::grey_of;
using pixels::Layout;
using testing::ElementsAre;

Layout layout(std::uint32_t columns, Colour colour, std::uint16_t bits = 8) {
  Layout made;
  made.rows = 1;
  made.columns = columns;
  made.colour = colour;
  made.samples = colour == Colour::RGB || colour == Colour::YBRFull ? 3 : 1;
  made.allocated = bits > 8 ? 16 : bits;
  made.stored = bits;
  made.high_bit = static_cast<std::uint16_t>(bits - 1);
  return made;
}

base::Bytes words(std::initializer_list<int> values) {
  base::Bytes bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::uint8_t>(value));
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  return bytes;
}

TEST(GreyOf, IsStretchedOverTheFramesOwnRange) {
  EXPECT_THAT(grey_of(base::Bytes{10, 20, 30}, layout(3, Colour::Monochrome2), {}),
              ElementsAre(0, 127, 255));
  EXPECT_THAT(grey_of(words({1000, 1100, 1200}), layout(3, Colour::Monochrome2, 12), {}),
              ElementsAre(0, 127, 255));
  EXPECT_THAT(grey_of(base::Bytes{7, 7}, layout(2, Colour::Monochrome2), {}), ElementsAre(0, 0));
}

TEST(GreyOf, TwoValuesAreBlackAndWhite) {
  EXPECT_THAT(grey_of(base::Bytes{0, 255}, layout(2, Colour::Monochrome2), {}),
              ElementsAre(0, 255));
}

TEST(GreyOf, BlackFarBelowTheRestLeavesThemTheirContrast) {
  auto sixteen = layout(4, Colour::Monochrome2, 16);
  sixteen.is_signed = true;
  EXPECT_THAT(grey_of(words({-32768, 0, 50, 100}), sixteen, {}), ElementsAre(0, 127, 191, 255));
}

TEST(GreyOf, Monochrome1IsTurnedRound) {
  EXPECT_THAT(grey_of(base::Bytes{0, 100, 200}, layout(3, Colour::Monochrome1), {}),
              ElementsAre(255, 127, 0));
}

TEST(GreyOf, BitsThatArePixelsAloneCount) {
  auto high = layout(3, Colour::Monochrome2, 12);  // bits 4 to 15; an overlay in the lowest
  high.high_bit = 15;
  EXPECT_THAT(grey_of(words({0x0001, 0x0100, 0x0201}), high, {}), ElementsAre(0, 127, 255));
  auto big = layout(2, Colour::Monochrome2, 16);
  big.big_endian = true;
  EXPECT_THAT(grey_of(words({0x0100, 0x0001}), big, {}), ElementsAre(0, 255));  // 1 and 256
  EXPECT_THAT(grey_of(base::Bytes{0b101}, layout(3, Colour::Monochrome2, 1), {}),
              ElementsAre(255, 0, 255));
}

TEST(GreyOf, PaletteGoesByTheLightOfItsColours) {
  const pixels::Palette palette{10, {500, 0, 1000}};
  EXPECT_THAT(grey_of(base::Bytes{9, 10, 11, 12, 99}, layout(5, Colour::Palette), palette),
              ElementsAre(127, 127, 0, 255, 255));
}

TEST(GreyOf, ColouredTextStandsOutFromBlackAndFromWhite) {
  const base::Bytes blue_on_black{0, 0, 0, 0, 0, 0, 0, 0, 255};
  EXPECT_THAT(grey_of(blue_on_black, layout(3, Colour::RGB), {}), ElementsAre(0, 0, 255));
  const base::Bytes yellow_on_white{255, 255, 255, 255, 255, 255, 255, 255, 0};
  EXPECT_THAT(grey_of(yellow_on_white, layout(3, Colour::RGB), {}), ElementsAre(255, 255, 0));
  auto planes = layout(3, Colour::RGB);
  planes.by_plane = true;
  EXPECT_THAT(grey_of(base::Bytes{0, 0, 0, 0, 0, 0, 0, 0, 255}, planes, {}),
              ElementsAre(0, 0, 255));
}

TEST(GreyOf, LuminanceAndChrominanceBecomeColoursFirst) {
  EXPECT_THAT(grey_of(base::Bytes{0, 128, 128, 235, 128, 128}, layout(2, Colour::YBRFull), {}),
              ElementsAre(0, 255));
  auto pairs = layout(4, Colour::YBRFull422);
  pairs.samples = 3;
  EXPECT_THAT(grey_of(base::Bytes{0, 200, 128, 128, 0, 100, 128, 128}, pairs, {}),
              ElementsAre(0, 255, 0, 127));
}

}  // namespace
