// What stands behind the last frame of native pixels is shown by nobody.
#include "deidentify/behind_frames.h"

#include <gmock/gmock.h>

#include "made.h"

namespace {

using base::Bytes;
using testing::HasSubstr;

constexpr dicom::Tag kPixelData{0x7FE0, 0x0010};
constexpr std::string_view kNote = "aunt of the mayor, bed 12";

dicom::File image(Bytes pixels, std::uint16_t rows, std::uint16_t columns, std::uint16_t bits) {
  return made::instance(
      {made::number({0x0028, 0x0010}, rows), made::number({0x0028, 0x0011}, columns),
       made::number({0x0028, 0x0100}, bits), made::bytes(kPixelData, "OW", std::move(pixels))},
      made::kPET);
}

Bytes with_note(Bytes pixels) {
  base::append(pixels, base::as_bytes(kNote));
  return pixels;
}

Bytes pixels_of(const dicom::File& file) {
  const auto outcome = made::run(file);
  if (!outcome.released) return base::to_bytes(base::as_bytes(outcome.reason));
  return made::element(outcome, kPixelData)->value;
}

TEST(BehindFrames, BytesAreCutAndCounted) {
  EXPECT_EQ(pixels_of(image(with_note({1, 2, 3, 4}), 1, 2, 16)), (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(pixels_of(image(with_note({1, 2, 3}), 1, 3, 8)), (Bytes{1, 2, 3}));
  EXPECT_EQ(pixels_of(image(with_note({1, 2}), 1, 9, 1)), (Bytes{1, 2})) << "single bits";
  const auto outcome = made::run(image(with_note({1, 2, 3, 4}), 1, 2, 16));
  EXPECT_EQ(outcome.counts.at("pixels_stripped"), 1u);
}

TEST(BehindFrames, FramesAndSamplesCount) {
  auto file = image(with_note({1, 2, 3, 4, 5, 6, 7, 8}), 1, 2, 8);
  deidentify::put(file.elements, made::number({0x0028, 0x0002}, 2));
  deidentify::put(file.elements, made::text({0x0028, 0x0008}, "IS", "2"));
  const auto work = deidentify::cut_behind_frames(file);
  EXPECT_EQ(work.elements.at(0).value, (Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(BehindFrames, WhatIsAsLongAsItSaysOrShorterStaysToTheByte) {
  for (const auto& pixels : {Bytes{1, 2, 3, 4}, Bytes{1, 2}}) {
    const auto outcome = made::run(image(pixels, 1, 2, 16));
    EXPECT_EQ(made::element(outcome, kPixelData)->value, pixels);
    EXPECT_FALSE(outcome.counts.contains("pixels_stripped"));
  }
  EXPECT_EQ(pixels_of(image({1, 2, 3, 255}, 1, 3, 8)), (Bytes{1, 2, 3, 255})) << "padding";
}

TEST(BehindFrames, UnusedBitsAreClearedOfWhatStays) {
  auto file = image(with_note({0xFF, 0xFF}), 1, 1, 16);
  deidentify::put(file.elements, made::number({0x0028, 0x0101}, 12));
  EXPECT_EQ(pixels_of(file), (Bytes{0xFF, 0x0F}));
}

TEST(BehindFrames, LargePixelDataAreCutWhereTheyLie) {
  auto file = image({}, 512, 512, 16);
  auto* pixels = dicom::find(file.elements, kPixelData);
  pixels->shape = dicom::Element::Shape::Extent;
  pixels->extents = {{1000, 524'288 + 4096}};
  const auto work = deidentify::cut_behind_frames(file);
  ASSERT_EQ(work.elements.size(), 1u);
  EXPECT_EQ(work.elements[0].extents.at(0).offset, 1000u);
  EXPECT_EQ(work.elements[0].extents.at(0).length, 524'288u);
}

TEST(BehindFrames, ASizeThatNobodySaysOrThatCannotBeIsHeldBack) {
  auto nothing = image({1, 2}, 1, 1, 16);
  std::erase_if(nothing.elements, [](const auto& one) { return one.tag.group == 0x0028; });
  EXPECT_THAT(made::run(nothing).reason, HasSubstr("does not say"));
  EXPECT_THAT(made::run(image({1, 2}, 0, 1, 16)).reason, HasSubstr("does not say"));
  auto frames = image({1, 2}, 1, 1, 16);
  deidentify::put(frames.elements, made::text({0x0028, 0x0008}, "IS", "0"));
  EXPECT_THAT(made::run(frames).reason, HasSubstr("does not say"));
  deidentify::put(frames.elements, made::text({0x0028, 0x0008}, "IS", "2147483647"));
  EXPECT_TRUE(made::run(frames).released) << "shorter than it says";
}

TEST(BehindFrames, OffsetTablesOfWhatHasNoFragmentsAreGone) {
  auto file = image({1, 2}, 1, 1, 16);
  deidentify::put(file.elements, made::bytes({0x7FE0, 0x0001}, "OV", with_note({})));
  const auto outcome = made::run(file);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(made::element(outcome, {0x7FE0, 0x0001}), nullptr);
}

TEST(BehindFrames, InAnItemThereAreNoOffsetTables) {
  auto file = made::instance(
      {made::sequence({0x0008, 0x2218}, {made::text({0x0008, 0x0100}, "SH", "T-1"),
                                         made::bytes({0x7FE0, 0x0001}, "OV", with_note({})),
                                         made::bytes({0x7FE0, 0x0002}, "OV", with_note({}))})});
  const auto outcome = made::run(file);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  const auto bytes = made::written(outcome);
  EXPECT_EQ(base::as_text(bytes).find(kNote), std::string_view::npos);
}

}  // namespace
