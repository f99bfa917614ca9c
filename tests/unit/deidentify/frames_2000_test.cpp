// JPEG 2000 codestreams: the main header, tile-parts, and lengths that must go on being true.
#include <gmock/gmock.h>

#include "frames_made.h"

namespace {

using namespace frames_made;
using testing::ElementsAre;
using testing::HasSubstr;

const Bytes kSize = segment(0x51, "size");
const std::string kLatin("\0\1", 2);

Bytes tile(const Bytes& header, std::uint8_t said, const Bytes& data = {1, 2, 3, 0xFF, 0x8F}) {
  const Bytes sot{0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, said, 0, 1};
  return sot + header + Bytes{0xFF, 0x93} + data;
}

Bytes codestream(const Bytes& main, const Bytes& tiles) {
  return Bytes{0xFF, 0x4F} + kSize + main + tiles + kEnd;
}

TEST(T60, AnEncodersMarkInACodestreamStays) {
  for (const char* mark : {"Created by OpenJPEG version 2.5.0", "Kakadu-v7.2"})
    EXPECT_TRUE(
        strip(kJpeg2000, {codestream(segment(0x64, kLatin + mark), tile({}, 19))}).untouched)
        << mark;
}

TEST(T60, ACommentInTheMainHeaderIsCutOut) {
  EXPECT_THAT(
      strip(kJpeg2000, {codestream(segment(0x64, kLatin + "MEIER"), tile({}, 19))}).fragments,
      ElementsAre(Bytes{}, codestream({}, tile({}, 19))));
}

TEST(T60, ACommentInATilePartBecomesZerosSoThatLengthsStayTrue) {
  const auto spoken = segment(0x64, kLatin + "MEIER");
  const auto silent = segment(0x64, std::string(7, '\0'));
  EXPECT_THAT(strip(kJpeg2000, {codestream({}, tile(spoken, 30) + tile({}, 19))}).fragments,
              ElementsAre(Bytes{}, codestream({}, tile(silent, 30) + tile({}, 19))));
}

TEST(T60, ATilePartThatSaysNoLengthGoesToTheEnd) {
  const auto image = codestream({}, tile({}, 0));
  EXPECT_TRUE(strip(kJpeg2000, {image}).untouched);
  EXPECT_THAT(strip(kJpeg2000, {image + Bytes{'n', 'o', 't', 'e'}}).fragments,
              ElementsAre(Bytes{}, image));
}

TEST(T60, CodestreamsThatDoNotAddUpAreQuarantined) {
  EXPECT_THAT(strip(kJpeg2000, {codestream({}, tile({}, 200))}).reason, HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg2000, {codestream({}, tile({}, 4))}).reason, HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg2000, {codestream({}, tile({}, 18))}).reason, HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg2000, {codestream(segment(0x6F, "?"), tile({}, 19))}).reason,
              HasSubstr("damaged"));
  EXPECT_THAT(strip(kJpeg2000, {{0, 0, 0, 12, 'j', 'P', ' ', ' '}}).reason,
              HasSubstr("unknown form"))
      << "a JP2 file with its boxes";
}

}  // namespace
