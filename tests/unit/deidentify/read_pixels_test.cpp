#include "deidentify/read_pixels.h"

#include <gmock/gmock.h>

#include "made.h"

namespace {

using made::bytes;
using made::Option;
using testing::ElementsAre;
using testing::HasSubstr;

dicom::Element number(dicom::Tag tag, std::uint8_t value) { return bytes(tag, "US", {value, 0}); }
dicom::Element corner(std::uint16_t tag, std::uint8_t at) {
  return bytes({0x0018, tag}, "UL", {at, 0, 0, 0});
}

// Ultrasound of 4 x 4 pixels, of which the four in the middle are kept.
dicom::File clip(int frames) {
  const auto size = 16 * static_cast<std::size_t>(frames);
  return made::instance(
      {made::text({0x0008, 0x0060}, "CS", "US"), number({0x0028, 0x0002}, 1),
       made::text({0x0028, 0x0008}, "IS", std::to_string(frames)), number({0x0028, 0x0010}, 4),
       number({0x0028, 0x0011}, 4), number({0x0028, 0x0100}, 8), number({0x0028, 0x0101}, 8),
       number({0x0028, 0x0102}, 7), number({0x0028, 0x0103}, 0),
       made::sequence({0x0018, 0x6011},
                      {corner(0x6018, 1), corner(0x601A, 1), corner(0x601C, 2), corner(0x601E, 2)}),
       bytes({0x7FE0, 0x0010}, "OB", base::Bytes(size, 9))},
      "1.2.840.10008.5.1.4.1.1.3.1");
}

deidentify::Outcome run(const dicom::File& file, recognize::Reader* reader) {
  return made::run_with(file, {{Option::CleanPixelData}, {}, {}}, reader);
}

TEST(FramesToRead, AreSpreadWithTheFirstAndTheLast) {
  using deidentify::frames_to_read;
  EXPECT_THAT(frames_to_read(1), ElementsAre(0));
  EXPECT_THAT(frames_to_read(2), ElementsAre(0, 1));
  EXPECT_THAT(frames_to_read(5), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(frames_to_read(9), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(frames_to_read(1'000'000), ElementsAre(0, 249'999, 499'999, 749'999, 999'999));
}

TEST(ReadPixels, TheFirstFrameIsReadBeforeAndEachAfterItIsBlanked) {
  made::Reader reader;
  const auto outcome = run(clip(9), &reader);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  ASSERT_EQ(reader.seen.size(), 6u);
  EXPECT_EQ(reader.seen[0].grey, base::Bytes(16, 0));  // one grey: nothing stands out
  EXPECT_EQ(reader.seen[1].grey,
            (base::Bytes{0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0}));
  EXPECT_EQ(outcome.counts.at("pixels_frames_read"), 5u);
}

TEST(ReadPixels, WhatWasReadBeforeOnlyCounts) {
  made::Reader reader({{"VANDERMOLEN"}, {}, {"9.5 MHz"}});
  const auto outcome = run(clip(2), &reader);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(outcome.counts.at("pixels_text_before"), 1u);
  EXPECT_EQ(outcome.counts.at("pixels_text_after"), 1u);
}

TEST(ReadPixels, TextThatIsLeftAndNamesThePatientIsHeldBack) {
  for (const char* line : {"VANDERMOLEN", "MRN-7734-XQ", "17.05.2023", "Patient: X"}) {
    made::Reader reader({{}, {}, {line}});
    const auto outcome = run(clip(2), &reader);
    EXPECT_FALSE(outcome.released) << line;
    EXPECT_EQ(outcome.reason,
              "text that names the patient, or a date, is left in the pixels after blanking");
  }
}

TEST(ReadPixels, WhatCannotBeReadInTimeIsHeldBack) {
  made::Reader reader;
  reader.fault = base::reject("test", "the pixels could not be searched for text in time");
  EXPECT_THAT(run(clip(1), &reader).reason, HasSubstr("in time"));
}

TEST(ReadPixels, WithoutAReaderWhatIsBlankedIsHeldBack) {
  EXPECT_THAT(run(clip(1), nullptr).reason, HasSubstr("nobody reads"));
}

TEST(ReadPixels, AReaderWithNothingToReadWithIsNoReasonOfTheInstances) {
  made::Reader reader;
  reader.fault = base::ask_administrator("test", "install it");
  auto engine =
      deidentify::Engine::create({{Option::CleanPixelData}, {}, {}}, made::map(), {}, &reader);
  const auto outcome = engine.value().rewrite(clip(1), dicom::MemorySource({}));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.fault().remedy, base::Remedy::AskAdministrator);
}

TEST(ReadPixels, WhatIsNotBlankedIsNotRead) {
  made::Reader reader;
  EXPECT_TRUE(run(made::instance({}), &reader).released);
  EXPECT_TRUE(reader.seen.empty());
}

TEST(ReadPixels, ASecondTimeMakesTheSameWithoutReading) {
  made::Reader reader;
  const auto file = clip(2);
  auto engine = deidentify::Engine::create({{Option::CleanPixelData}, {}, {}}, made::map(),
                                           identity::collect(file), &reader);
  const auto first = engine.value().rewrite(file, dicom::MemorySource({}));
  const auto read = reader.seen.size();
  const auto again = engine.value().rewrite_again(file, dicom::MemorySource({}));
  ASSERT_TRUE(first.ok() && again.ok() && again.value().released);
  EXPECT_EQ(reader.seen.size(), read);
  EXPECT_EQ(made::written(first.value()), made::written(again.value()));
}

}  // namespace
