#include "deidentify/unused_bits.h"

#include <gmock/gmock.h>

#include "frames_made.h"

namespace {

using base::Bytes;
using testing::HasSubstr;

struct Bits {
  std::uint8_t allocated = 16, stored = 12, high = 11, is_signed = 0;
};

dicom::File image(const Bits& bits, Bytes pixels, int overlay = 0) {
  auto file = made::instance({made::bytes({0x0028, 0x0100}, "US", {bits.allocated, 0}),
                              made::bytes({0x0028, 0x0101}, "US", {bits.stored, 0}),
                              made::bytes({0x0028, 0x0102}, "US", {bits.high, 0}),
                              made::bytes({0x0028, 0x0103}, "US", {bits.is_signed, 0}),
                              made::bytes({0x7FE0, 0x0010}, "OW", std::move(pixels))},
                             made::kPET);
  if (overlay != 0)
    deidentify::put(file.elements,
                    made::bytes({0x6002, 0x0102}, "US", {static_cast<std::uint8_t>(overlay), 0}));
  return file;
}

Bytes pixels_of(const dicom::File& file) {
  const auto outcome = made::run(file);
  if (!outcome.released) return base::to_bytes(base::as_bytes(outcome.reason));
  return made::element(outcome, {0x7FE0, 0x0010})->value;
}

TEST(T49, AnOverlayInUnusedHighBitsIsZeroAndThePixelsStay) {
  EXPECT_EQ(pixels_of(image({}, {0xCD, 0x9B, 0xFF, 0x1F}, 12)), (Bytes{0xCD, 0x0B, 0xFF, 0x0F}));
  const auto outcome = made::run(image({}, {0xCD, 0x9B}, 15));
  EXPECT_EQ(outcome.counts.at("pixels_stripped"), 1u);
  EXPECT_EQ(made::element(outcome, {0x6002, 0x0102}), nullptr);
}

TEST(T49, UnusedBitsAreClearedWhetherAnOverlaySaysSoOrNot) {
  EXPECT_EQ(pixels_of(image({}, {0xCD, 0x9B})), (Bytes{0xCD, 0x0B}));
  EXPECT_EQ(pixels_of(image({16, 12, 15}, {0xCD, 0x9B})), (Bytes{0xC0, 0x9B})) << "low bits";
  EXPECT_EQ(pixels_of(image({8, 6, 5}, {0xFF, 0x3F})), (Bytes{0x3F, 0x3F}));
  EXPECT_EQ(pixels_of(image({32, 24, 23}, {1, 2, 3, 4})), (Bytes{1, 2, 3, 0}));
}

TEST(T49, ASignedPixelKeepsItsSign) {
  EXPECT_EQ(pixels_of(image({16, 12, 11, 1}, {0x00, 0x18, 0x00, 0x17})),
            (Bytes{0x00, 0xF8, 0x00, 0x07}));
  const Bytes proper{0x30, 0xF8, 0xFF, 0xFF, 0xFF, 0x07};
  EXPECT_EQ(pixels_of(image({16, 12, 11, 1}, proper)), proper);
}

TEST(T49, BigEndianPixelsAreClearedTheirWay) {
  auto file = image({16, 12, 11, 0}, {0x9B, 0xCD}, 12);
  for (const std::uint16_t number : {0x0100, 0x0101, 0x0102, 0x0103}) {
    auto& value = dicom::find(file.elements, {0x0028, number})->value;
    std::swap(value[0], value[1]);
  }
  auto& position = dicom::find(file.elements, {0x6002, 0x0102})->value;
  std::swap(position[0], position[1]);
  file.syntax = dicom::transfer_syntax("1.2.840.10008.1.2.2");
  EXPECT_EQ(pixels_of(file), (Bytes{0x0B, 0xCD}));
}

// One cell after the other, bit by bit.
Bytes cleared_slowly(const deidentify::Cells& cells, Bytes bytes) {
  const std::size_t size = cells.allocated / 8;
  const auto byte_of = [&](unsigned bit) {
    return cells.big_endian ? size - 1 - bit / 8 : bit / 8;
  };
  for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
    const auto bit = [&](unsigned i) { return bytes[at + byte_of(i)] >> (i % 8) & 1; };
    const bool sign = cells.is_signed && bit(cells.high);
    for (unsigned i = 0; i < cells.allocated; ++i) {
      if (i >= cells.low && i <= cells.high) continue;
      auto& byte = bytes[at + byte_of(i)];
      byte = static_cast<std::uint8_t>(byte & ~(1u << (i % 8)));
      if (i > cells.high && sign) byte = static_cast<std::uint8_t>(byte | 1u << (i % 8));
    }
  }
  return bytes;
}

TEST(T49, EveryWidthIsClearedAsBitByBit) {
  Bytes bytes(61);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 151 + 7);
  for (const unsigned allocated : {8u, 16u, 32u, 64u})
    for (unsigned stored = 1; stored < allocated; ++stored)
      for (unsigned high = stored - 1; high < allocated; ++high)
        for (const int way : {0, 1, 2, 3}) {
          const deidentify::Cells cells{allocated, high - stored + 1, high, (way & 1) != 0,
                                        allocated <= 16 && (way & 2) != 0};
          auto quickly = bytes;
          deidentify::ClearBits(cells).apply(0, quickly);
          ASSERT_EQ(quickly, cleared_slowly(cells, bytes)) << allocated << stored << high << way;
        }
}

TEST(T49, WhatCannotBeClearedIsQuarantined) {
  const auto reason = [](const dicom::File& file) { return made::run(file).reason; };
  EXPECT_THAT(reason(image({16, 16, 15}, {1, 2}, 12)), HasSubstr("overlay"));
  EXPECT_THAT(reason(image({16, 12, 11}, {1, 2}, 5)), HasSubstr("overlay"));
  EXPECT_THAT(reason(image({16, 12, 11}, {1, 2}, 16)), HasSubstr("overlay"));
  EXPECT_THAT(reason(image({16, 12, 10}, {1, 2})), HasSubstr("contradict"));
  EXPECT_THAT(reason(image({16, 12, 16}, {1, 2})), HasSubstr("contradict"));
  EXPECT_THAT(reason(image({12, 12, 11}, {1, 2})), HasSubstr("contradict"));
}

TEST(T49, LargePixelDataAreClearedOnTheirWayAtAnyOffset) {
  Bytes bytes(3 * 70'000 + 1, 0xFF);
  auto file = image({}, {});
  auto* pixels = dicom::find(file.elements, {0x7FE0, 0x0010});
  pixels->shape = dicom::Element::Shape::Extent;
  pixels->extents = {{1, 2 * 70'000}};
  const dicom::MemorySource source(bytes);
  auto work = deidentify::clear_unused_bits(file, source).value();
  const auto extent = work.elements.at(0).extents.at(0);
  ASSERT_EQ(extent.length, 2u * 70'000);
  for (const std::size_t at : {0, 1, 2, 139'997}) {
    Bytes three(3);
    ASSERT_TRUE(work.source->read(extent.offset + at, three).ok());
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(three[i], (at + i) % 2 ? 0x0F : 0xFF) << at;
  }
}

}  // namespace
