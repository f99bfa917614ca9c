// JPEG and JPEG-LS frames, fragments and their tables; JPEG 2000 has a file of its own.
#include <gmock/gmock.h>

#include "frames_made.h"

namespace {

using namespace frames_made;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(T60, WhatSaysNothingStaysByteForByte) {
  EXPECT_TRUE(strip(kJpeg, {jpeg()}).untouched);
  EXPECT_TRUE(strip(kJpeg, {jpeg(segment(0xE0, kJfif))}).untouched);
  EXPECT_TRUE(strip(kJpeg, {jpeg(segment(0xEE, "Adobe1234567"))}).untouched);
  EXPECT_TRUE(strip(kJpeg, {jpeg(segment(0xFE, "LEAD Technologies Inc. V1.01"))}).untouched);
  EXPECT_TRUE(strip(kJpegLS, {jpeg(segment(0xF8, "lse") + segment(0xE8, "mrfx\1"))}).untouched);
  EXPECT_EQ(strip(kJpeg, {jpeg()}).reason, "");
}

TEST(T60, CommentsAndApplicationSegmentsAreCutOut) {
  for (int marker = 0xE1; marker <= 0xED; ++marker)
    EXPECT_THAT(
        strip(kJpeg, {jpeg(segment(static_cast<std::uint8_t>(marker), "VANDERMOLEN"))}).fragments,
        ElementsAre(Bytes{}, jpeg()))
        << marker;
  EXPECT_THAT(strip(kJpeg, {jpeg(segment(0xFE, "MRN 7734"))}).fragments,
              ElementsAre(Bytes{}, jpeg()));
  EXPECT_THAT(
      strip(kJpegLS, {jpeg(segment(0xFE, "a") + segment(0xE0, "JFXX") + segment(0xEF, "b"))})
          .fragments,
      ElementsAre(Bytes{}, jpeg()));
}

TEST(T60, AnEncodersMarkWithMoreIsAComment) {
  EXPECT_FALSE(strip(kJpeg, {jpeg(segment(0xFE, "LEAD Technologies Inc. Vander"))}).untouched);
  EXPECT_FALSE(
      strip(kJpeg, {jpeg(segment(0xFE, "Kakadu-" + std::string(200, '1') + "Meier"))}).untouched);
}

TEST(T60, CommentsBetweenScansAreCutOut) {
  const auto whole = kStart + kFrame + kScan + kScan + kEnd;
  const auto spoken = kStart + kFrame + kScan + segment(0xFE, "between") + kScan + kEnd;
  EXPECT_THAT(strip(kJpeg, {spoken}).fragments, ElementsAre(Bytes{}, whole));
}

TEST(T60, WhatStandsBehindTheImageIsCutOffAndPaddingIsNot) {
  EXPECT_TRUE(strip(kJpeg, {jpeg() + Bytes{0, 0}}).untouched);
  EXPECT_THAT(strip(kJpeg, {jpeg() + Bytes{'h', 'i'}}).fragments, ElementsAre(Bytes{}, jpeg()));
  EXPECT_THAT(strip(kJpeg, {jpeg() + Bytes(64, 0)}).fragments, ElementsAre(Bytes{}, jpeg()));
}

TEST(T60, AThumbnailGoesAndItsHeadStays) {
  auto spoken = std::string(kJfif);
  spoken[12] = spoken[13] = 2;
  EXPECT_THAT(strip(kJpeg, {jpeg(segment(0xE0, spoken + "RGBRGBRGBRGB"))}).fragments,
              ElementsAre(Bytes{}, jpeg(segment(0xE0, kJfif))));
}

TEST(T60, AFrameOverSeveralFragmentsBecomesOneWhenItLosesSomething) {
  const auto spoken = jpeg(segment(0xFE, "odd"));
  for (std::size_t cut = 2; cut + 2 < spoken.size(); ++cut) {
    const auto at = spoken.begin() + static_cast<std::ptrdiff_t>(cut);
    const auto stripped = strip(kJpeg, {Bytes(spoken.begin(), at), Bytes(at, spoken.end())});
    EXPECT_THAT(stripped.fragments, ElementsAre(Bytes{}, jpeg())) << cut;
  }
  const auto whole = jpeg();
  EXPECT_TRUE(
      strip(kJpeg, {Bytes(whole.begin(), whole.begin() + 4), Bytes(whole.begin() + 4, whole.end())})
          .untouched);
}

Bytes table(std::initializer_list<std::uint8_t> offsets) {
  Bytes bytes;
  for (const auto offset : offsets) base::append(bytes, Bytes{offset, 0, 0, 0});
  return bytes;
}

TEST(T60, TheBasicOffsetTableFollows) {
  const auto size = static_cast<std::uint8_t>(jpeg().size());
  const auto spoken = jpeg(segment(0xFE, "gone"));
  const auto stripped = strip(kJpeg, {spoken, jpeg(), spoken},
                              table({0, static_cast<std::uint8_t>(8 + spoken.size()),
                                     static_cast<std::uint8_t>(16 + size + spoken.size())}));
  EXPECT_THAT(stripped.fragments, ElementsAre(table({0, static_cast<std::uint8_t>(8 + size),
                                                     static_cast<std::uint8_t>(2 * (8 + size))}),
                                              jpeg(), jpeg(), jpeg()));
}

TEST(T60, AnOffsetTableThatHoldsOtherThanOffsetsIsMadeAnew) {
  const auto size = static_cast<std::uint8_t>(8 + jpeg().size());
  EXPECT_TRUE(strip(kJpeg, {jpeg(), jpeg()}, table({0, size})).untouched);
  EXPECT_THAT(strip(kJpeg, {jpeg(), jpeg()}, table({0, 7})).fragments,
              ElementsAre(table({0, size}), jpeg(), jpeg()));
  const auto frame = rle({{253, 1}, {253, 2}});
  EXPECT_THAT(strip(kRle, {frame}, {'M', 'E', 'I', 'E', 'R', ' '}).fragments.at(0), table({0}));
}

TEST(T60, AFrameThatTheHeaderDoesNotSpeakOfIsGone) {
  const auto size = static_cast<std::uint8_t>(8 + jpeg().size());
  auto made = encapsulated(kJpeg, {jpeg(), jpeg(), jpeg()},
                           table({0, size, static_cast<std::uint8_t>(2 * size)}));
  deidentify::put(made.file.elements, made::text({0x0028, 0x0008}, "IS", "2"));
  EXPECT_THAT(strip(made).fragments, ElementsAre(table({0, size}), jpeg(), jpeg()));
  deidentify::put(made.file.elements, made::text({0x0028, 0x0008}, "IS", "0"));
  EXPECT_THAT(strip(made).reason, HasSubstr("does not say"));
  std::erase_if(made.file.elements, [](const auto& one) {
    return one.tag == dicom::Tag{0x0028, 0x0008};
  });
  EXPECT_THAT(strip(made).fragments, ElementsAre(table({0}), jpeg()));
}

TEST(T60, TheExtendedOffsetTableFollows) {
  auto made = encapsulated(kJpeg, {jpeg(segment(0xFE, "one")), jpeg()});
  deidentify::put(made.file.elements, made::bytes({0x7FE0, 0x0001}, "OV", Bytes(16, 'x')));
  deidentify::put(made.file.elements, made::bytes({0x7FE0, 0x0002}, "OV", Bytes(16, 'x')));
  const auto stripped = strip(made);
  const auto size = static_cast<std::uint8_t>(jpeg().size());
  Bytes offsets(16, 0), lengths(16, 0);
  offsets[8] = static_cast<std::uint8_t>(8 + size);
  lengths[0] = lengths[8] = size;
  EXPECT_EQ(dicom::find(stripped.elements, {0x7FE0, 0x0001})->value, offsets);
  EXPECT_EQ(dicom::find(stripped.elements, {0x7FE0, 0x0002})->value, lengths);
}

TEST(T60, AnExtendedOffsetTableGoesWhereAFrameHasSeveralFragments) {
  const auto whole = jpeg();
  auto made = encapsulated(
      kJpeg, {Bytes(whole.begin(), whole.begin() + 4), Bytes(whole.begin() + 4, whole.end())});
  deidentify::put(made.file.elements, made::bytes({0x7FE0, 0x0001}, "OV", Bytes(8, 'x')));
  EXPECT_EQ(strip(made).gone.size(), 2u);
}

TEST(T60, AnImageWithoutItsEndIsWhatItWas) {
  EXPECT_TRUE(strip(kJpeg, {kStart + kFrame + kScan}).untouched);
  EXPECT_EQ(strip(kJpeg, {kStart + kFrame + kScan, jpeg()}).reason, "");
  EXPECT_THAT(strip(kJpeg, {kStart + segment(0xFE, "x") + kFrame + kScan, jpeg()}).fragments,
              ElementsAre(Bytes{}, kStart + kFrame + kScan, jpeg()));
}

TEST(T60, WhatIsNotUnderstoodIsQuarantined) {
  EXPECT_THAT(strip(kJpeg, {kStart + segment(0xC4, "x")}).reason, HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg, {kStart + Bytes{0xFF, 0xC4, 0xFF, 0, 1}}).reason, HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg, {kStart + Bytes{0xFF, 0xC4, 0, 0}}).reason, HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg, {jpeg(segment(0xF0, "reserved"))}).reason, HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg, {jpeg(segment(0xEE, "Adobe and more than that"))}).reason,
              HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg, {jpeg(), {'t', 'e', 'x', 't'}}).reason, HasSubstr("unknown form"));
}

TEST(T59, FormsThatCannotBeReadAreQuarantined) {
  for (const char* syntax : {"1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.110", "1.2.3.4"})
    EXPECT_THAT(strip(syntax, {jpeg()}).reason, HasSubstr("unknown form")) << syntax;
  EXPECT_THAT(strip(kJpegLS, {{0, 1, 2, 3}}).reason, HasSubstr("unknown form"));
  auto native = made::instance({});
  native.syntax = dicom::transfer_syntax(kJpeg);
  EXPECT_THAT(deidentify::strip_frames(native, dicom::MemorySource({})).value().reason,
              HasSubstr("not in fragments"));
}

TEST(T60, TheEngineReleasesWhatItStripped) {
  const auto made = encapsulated(kJpeg, {jpeg(segment(0xE1, "Exif VANDERMOLEN"))});
  auto engine = deidentify::Engine::create({}, made::map(), identity::collect(made.file));
  const dicom::MemorySource source(made.bytes);
  auto outcome = engine.value().rewrite(made.file, source);
  ASSERT_TRUE(outcome.value().released) << outcome.value().reason;
  EXPECT_EQ(outcome.value().counts.at("pixels_stripped"), 1u);
  dicom::MemorySink sink;
  ASSERT_TRUE(dicom::write_file(outcome.value().file, *outcome.value().source, sink).ok());
  const auto text = base::as_text(sink.bytes());
  EXPECT_EQ(text.find("VANDERMOLEN"), text.npos);
  EXPECT_NE(text.find(base::as_text(jpeg())), text.npos);
}

}  // namespace
