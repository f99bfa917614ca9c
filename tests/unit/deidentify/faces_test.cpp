#include "deidentify/faces.h"

#include <gmock/gmock.h>

#include "made.h"

namespace {

using dicom::Tag;
using made::Option;
using testing::HasSubstr;

constexpr Tag kBodyPart{0x0018, 0x0015};
constexpr const char* kMR = "1.2.840.10008.5.1.4.1.1.4";
constexpr const char* kPhotograph = "1.2.840.10008.5.1.4.1.1.77.1.4";

std::string reason(const dicom::File& file) {
  return deidentify::may_show_face(file).value_or("none");
}

dicom::File of_part(const char* part, const char* sop_class = made::kCT) {
  return made::instance({made::text(kBodyPart, "CS", part)}, sop_class);
}

TEST(Faces, SlicesOfAHeadOrOfAnUnknownPartMayShowOne) {
  for (const char* part : {"HEAD", "BRAIN", "SKULL", "NECK", "CSPINE", "HEADNECK", "", "NOBODY"})
    for (const char* sop_class : {made::kCT, kMR, made::kEnhancedMR, made::kPET})
      EXPECT_THAT(reason(of_part(part, sop_class)), HasSubstr("may show a face")) << part;
  EXPECT_THAT(reason(made::instance({})), HasSubstr("may show a face")) << "no part is said";
  EXPECT_THAT(reason(of_part("CHEST\\HEAD")), HasSubstr("may show a face")) << "two parts";
  EXPECT_THAT(reason(of_part("", kPhotograph)), HasSubstr("may show a face"));
}

TEST(Faces, PartsBelowTheNeckAndProjectionsShowNone) {
  for (const char* part : {"KNEE", "CHEST", "ABDOMEN", "PELVIS", "HAND", "LSPINE"})
    EXPECT_EQ(reason(of_part(part)), "none") << part;
  for (const char* sop_class :
       {"1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.6.1",
        "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.13.1.3",
        "1.2.840.10008.5.1.4.1.1.77.1.5.1", "1.2.840.10008.5.1.4.1.1.77.1.6"})
    EXPECT_EQ(reason(of_part("HEAD", sop_class)), "none") << sop_class;
  EXPECT_NE(reason(of_part("HEAD", "1.2.840.10008.5.1.4.1.1.128")), "none") << "no prefix of 12";
}

TEST(Faces, ARouteThatDeclaresThatNoneMayLeaveHasThemHeldAndClaimsNoCode) {
  EXPECT_TRUE(made::run(of_part("HEAD")).released);
  const std::set<Option> declared{Option::CleanRecognizableVisualFeatures};
  const auto held = made::run(of_part("HEAD"), declared);
  EXPECT_FALSE(held.released);
  EXPECT_THAT(held.reason, HasSubstr("may show a face"));
  const auto knee = made::run(of_part("KNEE"), declared);
  ASSERT_TRUE(knee.released) << knee.reason;
  for (const auto& item : made::element(knee, {0x0012, 0x0064})->items)
    EXPECT_NE(dicom::text_of(item.elements, {0x0008, 0x0100}), "113102") << "nothing was cleaned";
}

}  // namespace
