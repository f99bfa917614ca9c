#include "dicom/tag.h"

#include <gtest/gtest.h>

namespace dicom {

TEST(Tag, IsWrittenAsTheStandardWritesIt) {
  EXPECT_EQ(to_string(Tag{0x0010, 0x0020}), "(0010,0020)");
  EXPECT_EQ(to_string(Tag{0x7FE0, 0x0010}), "(7FE0,0010)");
}

TEST(Tag, IsReadInThreeSpellings) {
  const Tag pixels{0x7FE0, 0x0010};
  EXPECT_EQ(parse_tag("(7FE0,0010)"), pixels);
  EXPECT_EQ(parse_tag("7fe0,0010"), pixels);
  EXPECT_EQ(parse_tag("7FE00010"), pixels);
}

TEST(Tag, IsNotReadFromAnythingElse) {
  for (const char* text : {"", "7FE0", "7FE0-0010", "(7FE0,0010", "7FE000100", "7FE0,001",
                           "PatientID", "(7FE0,00G0)", "7FE,00010"})
    EXPECT_FALSE(parse_tag(text)) << text;
}

TEST(Dictionary, KnowsAttributesByTagAndByKeyword) {
  const auto* name = find_entry(Tag{0x0010, 0x0010});
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(name->keyword, "PatientName");
  EXPECT_EQ(name->vr, VR("PN"));
  EXPECT_EQ(find_entry("PatientName"), name);
  EXPECT_EQ(find_entry("patientname"), nullptr);
  EXPECT_EQ(find_entry("StudyInstanceUID")->tag, (Tag{0x0020, 0x000D}));
}

TEST(Dictionary, TakesTheFirstOfSeveralVRs) {
  EXPECT_EQ(find_entry(Tag{0x0028, 0x0106})->vr, VR("US"));
  EXPECT_EQ(find_entry(Tag{0x7FE0, 0x0010})->vr, VR("OW"));
}

TEST(Dictionary, KnowsRepeatingGroupsInEvenGroupsOnly) {
  EXPECT_EQ(find_entry(Tag{0x6002, 0x3000})->keyword, "OverlayData");
  EXPECT_EQ(find_entry(Tag{0x50FE, 0x3000})->keyword, "CurveData");
  EXPECT_EQ(find_entry(Tag{0x6003, 0x3000}), nullptr);
  EXPECT_EQ(find_entry(Tag{0x6100, 0x3000}), nullptr);
}

TEST(Dictionary, DoesNotKnowPrivateOrInventedTags) {
  EXPECT_EQ(find_entry(Tag{0x0009, 0x0010}), nullptr);
  EXPECT_EQ(find_entry(Tag{0x0008, 0x9999}), nullptr);
}

TEST(Dictionary, NamesTheRetiredByTheirKeyword) {
  EXPECT_EQ(find_entry(Tag{0x0018, 0x0030})->keyword, "Radionuclide");
  EXPECT_EQ(find_entry(Tag{0x0008, 0x0001})->keyword, "LengthToEnd");
}

TEST(Dictionary, OffersTheNearestKeyword) {
  EXPECT_EQ(nearest_keyword("PatientNmae"), "PatientName");
  EXPECT_EQ(nearest_keyword("patientid"), "PatientID");
  EXPECT_EQ(nearest_keyword("StudyDescripton"), "StudyDescription");
  EXPECT_EQ(nearest_keyword("Zxqwvkjh"), "");
  EXPECT_EQ(nearest_keyword(std::string(1000, 'P')), "");
}

}  // namespace dicom
