// What no decoder looks at, in RLE and in native pixels that stand in fragments.
#include <gmock/gmock.h>

#include "frames_made.h"

namespace {

using base::Bytes;
using frames_made::encapsulated;
using frames_made::kRle;
using frames_made::rle;
using frames_made::strip;
using frames_made::operator+;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNative = "1.2.840.10008.1.2.1.98";
const Bytes kNote{'b', 'e', 'd', ' ', '1', '2'};
const Bytes kZeros(6, 0);
// Four pixels (made::instance): a run, and a literal with a byte of padding.
const Bytes kRun{253, 7}, kLiteral{3, 1, 2, 3, 4, 0};

TEST(RleFrame, OfPixelsAloneIsWhatItWas) {
  EXPECT_TRUE(strip(kRle, {rle({kRun, kLiteral})}).untouched);
  EXPECT_TRUE(strip(kRle, {rle({{128, 254, 7, 0, 1, 128}, kRun + kZeros})}).untouched);
}

TEST(RleFrame, LosesWhatStandsBehindItsLastSegment) {
  EXPECT_THAT(strip(kRle, {rle({kRun, kRun}) + kNote}).fragments,
              ElementsAre(Bytes{}, rle({kRun, kRun})));
}

TEST(RleFrame, HasZerosWhereTheOffsetsOfNoSegmentStand) {
  const auto stripped = strip(kRle, {rle({kRun, kRun}, kNote)});
  EXPECT_THAT(stripped.fragments, ElementsAre(Bytes{}, rle({kRun, kRun})));
}

TEST(RleFrame, HasZerosBehindThePixelsOfASegment) {
  EXPECT_THAT(strip(kRle, {rle({kRun + kNote, kRun})}).fragments,
              ElementsAre(Bytes{}, rle({kRun + kZeros, kRun})));
}

TEST(RleFrame, LosesPixelsThatALiteralHasTooMany) {
  const Bytes spoken{9, 1, 2, 3, 4, 'b', 'e', 'd', ' ', '1', '2', 0};
  const Bytes silent{9, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_THAT(strip(kRle, {rle({spoken, kRun})}).fragments,
              ElementsAre(Bytes{}, rle({silent, kRun})));
}

TEST(RleFrame, IsOneFragmentOfSeveralFrames) {
  auto made = encapsulated(kRle, {rle({kRun}) + kNote, rle({kLiteral})});
  deidentify::put(made.file.elements, made::text({0x0028, 0x0008}, "IS", "2"));
  EXPECT_THAT(strip(made).fragments, ElementsAre(Bytes{}, rle({kRun}), rle({kLiteral})));
}

TEST(RleFrame, IsJoinedFromTheFragmentsOfASingleOne) {
  const auto whole = rle({kRun, kRun});
  const Bytes head(whole.begin(), whole.begin() + 66), rest(whole.begin() + 66, whole.end());
  EXPECT_TRUE(strip(kRle, {head, rest}).untouched);
  EXPECT_THAT(strip(kRle, {head, rest + kNote}).fragments, ElementsAre(Bytes{}, whole));
}

TEST(RleFrame, ThatTheHeaderDoesNotSpeakOfIsGone) {
  auto made = encapsulated(kRle, {rle({kRun}), rle({kLiteral}), rle({kRun})});
  deidentify::put(made.file.elements, made::text({0x0028, 0x0008}, "IS", "2"));
  EXPECT_THAT(strip(made).fragments, ElementsAre(Bytes{}, rle({kRun}), rle({kLiteral})));
}

TEST(RleFrame, ThatIsNoneIsHeldBack) {
  auto backwards = rle({kRun, kRun});
  std::swap(backwards[4], backwards[8]);
  auto outside = rle({kRun});
  outside[4] = 200;
  for (const auto& frame : {kNote, rle({}), rle(std::vector<Bytes>(16, kRun)), backwards, outside})
    EXPECT_THAT(strip(kRle, {frame}).reason, HasSubstr("damaged"));
  auto nothing = encapsulated(kRle, {rle({kRun})});
  std::erase_if(nothing.file.elements, [](const auto& one) { return one.tag.group == 0x0028; });
  EXPECT_THAT(strip(nothing).reason, HasSubstr("does not say"));
}

TEST(RleFrame, EndsAnywhereWithoutHarm) {
  const auto whole = rle({kLiteral, kLiteral});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto stripped =
        strip(kRle, {Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))});
    EXPECT_NE(stripped.reason, "fault") << length;
  }
}

TEST(NativeFragment, LosesWhatStandsBehindItsFrame) {
  const Bytes frame{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_TRUE(strip(kNative, {frame}).untouched);
  EXPECT_THAT(strip(kNative, {frame + kNote}).fragments, ElementsAre(Bytes{}, frame));
}

}  // namespace
