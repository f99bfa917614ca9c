#include "bundle/format.h"

#include <gtest/gtest.h>

namespace {

TEST(Names, HaveAtMostEightCapitalsOrDigitsInAPart) {
  EXPECT_EQ("DICOM/ST000001/SE000002/IM000003", bundle::file_id(1, 2, 3, '/'));
  EXPECT_EQ("DICOM\\ST000001\\SE000012\\IM999999", bundle::file_id(1, 12, 999'999, '\\'));
}

TEST(Names, OfInstancesAreRecognisedAndNothingElseIs) {
  EXPECT_TRUE(bundle::is_instance_name("DICOM/ST000001/SE000002/IM000003"));
  for (const char* name :
       {"", "DICOMDIR", "DICOM/ST000001/SE000002/IM00003", "DICOM/ST000001/SE000002/IM000003/",
        "DICOM/ST000001/SE000002/IM0000033", "DICOM/ST00000A/SE000002/IM000003",
        "dicom/ST000001/SE000002/IM000003", "/DICOM/ST000001/SE000002/IM000003",
        "DICOM/ST000001/../IM000003", "DICOM\\ST000001\\SE000002\\IM000003", "DICOM/ST000001"})
    EXPECT_FALSE(bundle::is_instance_name(name)) << name;
}

TEST(Manifest, IsWhatSha256sumWrites) {
  std::array<std::uint8_t, 32> digest{};
  digest[0] = 0xAB;
  EXPECT_EQ("ab" + std::string(62, '0') + "  README.TXT\n",
            bundle::manifest_line("README.TXT", digest));
}

TEST(Readme, SaysWhoSendsAndGivesItBack) {
  const std::string text = bundle::write_readme("St. Example Hospital", "+1 555 0100");
  EXPECT_NE(std::string::npos, text.find("Sent by:    St. Example Hospital\r\n"));
  const auto values = bundle::parse_readme(text);
  ASSERT_TRUE(values);
  EXPECT_EQ("St. Example Hospital", values->sender);
  EXPECT_EQ("+1 555 0100", values->contact);
}

TEST(Readme, HoldsOneLineForEachValueWhateverTheSettingsSay) {
  const auto values = bundle::parse_readme(bundle::write_readme("A\r\nTelephone:  1", ""));
  ASSERT_TRUE(values);
  EXPECT_EQ("A  Telephone:  1", values->sender);
  EXPECT_EQ("-", values->contact);
}

TEST(Readme, WithAnythingElseInItIsRefused) {
  const std::string text = bundle::write_readme("A", "B");
  EXPECT_FALSE(bundle::parse_readme(text + "x"));
  EXPECT_FALSE(bundle::parse_readme("x" + text));
  EXPECT_FALSE(bundle::parse_readme(""));
  std::string changed = text;
  changed[changed.find("DICOM viewer")] = 'X';
  EXPECT_FALSE(bundle::parse_readme(changed));
}

}  // namespace
