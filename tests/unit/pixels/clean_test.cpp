#include "pixels/clean.h"

#include <gmock/gmock.h>

#include "made.h"
#include "pixels/frames.h"
#include "pixels/mask.h"

namespace {

using made::put_integer;
using made::put_text;
using pixels::Areas;
using pixels::Mask;
using pixels::Rectangle;
using pixels::Span;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Mask, IsTheUnionOfItsRectangles) {
  const Mask mask(10, 20, {{2, 1, 5, 3}, {6, 2, 4, 4}, {15, 2, 2, 1}}, {});
  EXPECT_THAT(mask.spans(0), IsEmpty());
  EXPECT_THAT(mask.spans(1), ElementsAre(Span{2, 7}));
  EXPECT_THAT(mask.spans(2), ElementsAre(Span{2, 10}, Span{15, 17}));
  EXPECT_THAT(mask.spans(5), ElementsAre(Span{6, 10}));
  EXPECT_THAT(mask.spans(6), IsEmpty());
}

TEST(Mask, IsEverythingOutsideOfRegionsAndRectanglesWithinThem) {
  const Mask mask(10, 20, {{6, 4, 2, 1}}, {{5, 3, 10, 4}});
  EXPECT_THAT(mask.spans(0), ElementsAre(Span{0, 20}));
  EXPECT_THAT(mask.spans(3), ElementsAre(Span{0, 5}, Span{15, 20}));
  EXPECT_THAT(mask.spans(4), ElementsAre(Span{0, 5}, Span{6, 8}, Span{15, 20}));
}

TEST(T62, AMaskEndsWithTheImageWhateverTheNumbersSay) {
  const Mask mask(10, 20, {{15, 8, 4'294'967'295u, 4'294'967'295u}, {30, 0, 5, 5}}, {});
  EXPECT_THAT(mask.spans(9), ElementsAre(Span{15, 20}));
  EXPECT_THAT(mask.spans(10), IsEmpty());
  EXPECT_TRUE(Mask(10, 20, {{30, 0, 5, 5}}, {}).empty());
}

TEST(Clean, RefusesARuleThatBlanksNothing) {
  const auto file = made::image(10, 20);
  EXPECT_FALSE(pixels::clean(file, made::nothing(), Areas{{{30, 0, 5, 5}}, {}}).ok());
}

// A file whose pixels are an extent of the source.
struct Large {
  base::Bytes bytes;
  dicom::File file;
  Large(int rows, int columns, std::size_t before) : file(made::image(rows, columns)) {
    auto& pixels = *dicom::find(file.elements, {0x7FE0, 0x0010});
    bytes.assign(before, 7);
    base::append(bytes, pixels.value);
    bytes.insert(bytes.end(), 100, 8);
    pixels.extents = {{before, pixels.value.size()}};
    pixels.value.clear();
    pixels.shape = dicom::Element::Shape::Extent;
  }
};

TEST(Clean, ReadsTheSameInPiecesOfAnySize) {
  const Large large(40, 30, 50);
  const dicom::MemorySource source(large.bytes);
  auto cleaned = pixels::clean(large.file, source, Areas{{{3, 2, 10, 20}}, {}});
  ASSERT_TRUE(cleaned.ok());
  base::Bytes whole(large.bytes.size());
  ASSERT_TRUE(cleaned.value().source->read(0, whole).ok());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto pixel = i - 50;
    const bool black = i >= 50 && pixel < 1200 && pixel / 30 >= 2 && pixel / 30 < 22 &&
                       pixel % 30 >= 3 && pixel % 30 < 13;
    ASSERT_EQ(whole[i], black ? 0 : large.bytes[i]) << i;
  }
  for (const std::size_t size : {1u, 7u, 31u, 500u})
    for (std::size_t at = 0; at < whole.size(); at += size) {
      base::Bytes piece(std::min(size, whole.size() - at));
      ASSERT_TRUE(cleaned.value().source->read(at, piece).ok());
      ASSERT_TRUE(std::equal(piece.begin(), piece.end(), whole.begin() + at)) << at;
    }
}

// Pixels of 3 GB that nobody holds: every byte is 9.
class Endless : public dicom::Source {
 public:
  std::uint64_t size() const override { return 4'000'000'000; }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    EXPECT_LE(offset + into.size(), size());
    std::fill(into.begin(), into.end(), std::uint8_t{9});
    return base::Done{};
  }
};

TEST(Clean, ReachesTheLastFrameOfThreeGigabytes) {
  auto file = made::image(1000, 1000);
  made::put_text(file, {0x0028, 0x0008}, "3000");
  dicom::find(file.elements, {0x0028, 0x0008})->vr = dicom::VR("IS");
  auto& pixels = *dicom::find(file.elements, {0x7FE0, 0x0010});
  pixels.shape = dicom::Element::Shape::Extent;
  pixels.value.clear();
  pixels.extents = {{500, 3'000'000'000}};
  const Endless source;
  auto cleaned = pixels::clean(file, source, Areas{{{0, 999, 1000, 1}}, {}});
  ASSERT_TRUE(cleaned.ok()) << cleaned.fault().what;
  base::Bytes end(1501);
  ASSERT_TRUE(cleaned.value().source->read(3'000'000'500 - 1001, end).ok());
  EXPECT_EQ(end[0], 9) << "the row before";
  EXPECT_EQ(std::count(end.begin(), end.end(), 0), 1000);
  EXPECT_EQ(end[1], 0);
  EXPECT_EQ(end[1001], 9) << "behind the pixels";
}

TEST(Clean, RefusesWhatItDoesNotUnderstand) {
  const auto refused = [](auto change) {
    auto file = made::image(10, 20);
    change(file);
    return !pixels::clean(file, made::nothing(), Areas{{{0, 0, 5, 5}}, {}}).ok();
  };
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_TRUE(refused([](auto& file) { put_integer(file, {0x0028, 0x0010}, 11); }));
  EXPECT_TRUE(refused([](auto& file) { put_integer(file, {0x0028, 0x0010}, 0); }));
  EXPECT_TRUE(refused([](auto& file) { put_integer(file, {0x0028, 0x0101}, 9); }));
  EXPECT_TRUE(refused([](auto& file) { put_integer(file, {0x0028, 0x0102}, 6); }));
  EXPECT_TRUE(refused([](auto& file) { put_integer(file, {0x0028, 0x0002}, 2); }));
  EXPECT_TRUE(refused([](auto& file) { put_integer(file, {0x0028, 0x0100}, 12); }));
  EXPECT_TRUE(refused([](auto& file) { put_text(file, {0x0028, 0x0004}, "HSV"); }));
  EXPECT_TRUE(refused([](auto& file) { file.elements.pop_back(); }));
  EXPECT_TRUE(refused([](auto& file) { file.syntax.encapsulated = true; }));
  EXPECT_TRUE(refused([](auto& file) {
    file.elements.push_back(made::text({0x7FE0, 0x0020}, "LO", "x"));
    file.elements.back().tag = {0x7FE0, 0x0009};
    std::swap(file.elements.back(), *(file.elements.end() - 2));
  }));
}

TEST(T63, SingleBitsOfMonochrome1AreSet) {
  auto file = made::image(3, 7);
  put_integer(file, {0x0028, 0x0100}, 1);
  put_integer(file, {0x0028, 0x0101}, 1);
  put_integer(file, {0x0028, 0x0102}, 0);
  put_text(file, {0x0028, 0x0004}, "MONOCHROME1");
  made::put_pixels(file, {0, 0, 0, 0});
  const auto cleaned = pixels::clean(file, made::nothing(), Areas{{{5, 1, 2, 1}}, {}});
  ASSERT_TRUE(cleaned.ok());
  EXPECT_THAT(cleaned.value().pixel_data.value, ElementsAre(0, 0x30, 0, 0));
}

TEST(T63, BigEndianWordsAreBlackInTheirOrder) {
  auto file = made::image(1, 2);
  file.syntax = dicom::transfer_syntax("1.2.840.10008.1.2.2");
  for (const std::uint16_t element : {0x02, 0x10, 0x11, 0x100, 0x101, 0x102, 0x103}) {
    const int values[] = {1, 1, 2, 16, 16, 15, 1};
    static std::size_t next = 0;
    put_integer(file, {0x0028, element}, values[next++] << 8);
  }
  made::put_pixels(file, {1, 2, 3, 4});
  const auto cleaned = pixels::clean(file, made::nothing(), Areas{{{1, 0, 1, 1}}, {}});
  ASSERT_TRUE(cleaned.ok()) << cleaned.fault().what;
  EXPECT_THAT(cleaned.value().pixel_data.value, ElementsAre(1, 2, 0x80, 0));
}

TEST(Frames, AreReadOneByOne) {
  auto file = made::image(2, 2);
  made::put_text(file, {0x0028, 0x0008}, "2 ");
  dicom::find(file.elements, {0x0028, 0x0008})->vr = dicom::VR("IS");
  made::put_pixels(file, {1, 2, 3, 4, 5, 6, 7, 8});
  auto frames = pixels::Frames::open(file, made::nothing());
  ASSERT_TRUE(frames.ok()) << frames.fault().what;
  EXPECT_EQ(frames.value().layout().frames, 2u);
  EXPECT_THAT(frames.value().frame(1).value(), ElementsAre(5, 6, 7, 8));
  EXPECT_FALSE(frames.value().frame(2).ok());
}

TEST(Frames, OfSingleBitsMayBeginWithinAByte) {
  auto file = made::image(1, 5);
  made::put_text(file, {0x0028, 0x0008}, "3 ");
  dicom::find(file.elements, {0x0028, 0x0008})->vr = dicom::VR("IS");
  made::put_integer(file, {0x0028, 0x0100}, 1);
  made::put_integer(file, {0x0028, 0x0101}, 1);
  made::put_integer(file, {0x0028, 0x0102}, 0);
  made::put_pixels(file, {0b011'10001, 0b0'10101'11});  // from the right: 10001, 11011, 10101
  auto frames = pixels::Frames::open(file, made::nothing());
  ASSERT_TRUE(frames.ok()) << frames.fault().what;
  for (const std::uint32_t frame : {0u, 1u, 2u}) {
    const int wanted[] = {0b10001, 0b11011, 0b10101};
    EXPECT_EQ(frames.value().frame(frame).value().at(0) & 31, wanted[frame]) << frame;
  }
}

}  // namespace
