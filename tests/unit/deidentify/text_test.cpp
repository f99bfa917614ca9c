// Free text (113105) in whole instances: the cases, and what becomes of an element.
#include <gmock/gmock.h>

#include "deidentify/decide.h"
#include "made.h"

namespace {

using deidentify::Choices;
using deidentify::TextMode;
using made::element;
using made::instance;
using made::Option;
using made::run;
using made::sequence;
using made::text;
using made::value;

constexpr dicom::Tag kStudyDescription{0x0008, 0x1030};
constexpr dicom::Tag kSeriesDescription{0x0008, 0x103E};
constexpr dicom::Tag kImageComments{0x0020, 0x4000};
constexpr dicom::Tag kCharacterSet{0x0008, 0x0005};
constexpr const char* kT31 = "CT CHEST FOR VANDERMOLEN W. 05/17/2023 DR OSTERHOUT";

std::uint64_t counted(const deidentify::Outcome& outcome, const char* what) {
  const auto found = outcome.counts.find(what);
  return found == outcome.counts.end() ? 0 : found->second;
}

std::vector<std::string> codes(const deidentify::Outcome& outcome) {
  std::vector<std::string> values;
  for (const auto& item : element(outcome, {0x0012, 0x0064})->items)
    values.push_back(dicom::text_of(item.elements, {0x0008, 0x0100}));
  return values;
}

TEST(T31, WithoutTheOptionADescriptionIsRemoved) {
  const auto outcome = run(instance({text(kStudyDescription, "LO", kT31)}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, kStudyDescription), nullptr);
  EXPECT_THAT(codes(outcome), testing::ElementsAre("113100"));
}

TEST(T32, ADescriptionKeepsItsTermsAndTheCodeSaysSo) {
  const auto outcome =
      run(instance({text(kStudyDescription, "LO", kT31)}), {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, kStudyDescription), "CT CHEST");
  EXPECT_EQ(counted(outcome, "text_cleaned"), 1u);
  EXPECT_THAT(codes(outcome), testing::ElementsAre("113100", "113105"));
}

TEST(T33, ANumberWithoutItsDashesGoes) {
  for (const auto mode : {TextMode::AllowList, TextMode::BlockList}) {
    const auto outcome =
        made::run_with(instance({text(kSeriesDescription, "LO", "AX 5MM mrn 7734XQ")}),
                       {{Option::CleanDescriptors}, {}, mode});
    ASSERT_TRUE(outcome.released) << outcome.reason;
    EXPECT_EQ(value(outcome, kSeriesDescription), "AX 5MM");
  }
}

TEST(T34, AUidInCommentsGoes) {
  const auto outcome =
      run(instance({text(kImageComments, "LT", "axial 1.2.826.0.1.3680043.9.9999.1.100 delayed")}),
          {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, kImageComments), "axial delayed");
}

TEST(T35, AHandIsKeptOfAPatientWhoIsCalledSo) {
  const auto outcome =
      run(instance({text({0x0010, 0x0010}, "PN", "Hand^May"), text({0x0018, 0x0015}, "CS", "HAND"),
                    text(kSeriesDescription, "LO", "XR HAND LEFT MAY SERIES")}),
          {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0018, 0x0015}), "HAND");
  EXPECT_EQ(value(outcome, kSeriesDescription), "XR HAND LEFT");
  EXPECT_EQ(counted(outcome, "homonyms"), 1u);
  EXPECT_EQ(counted(outcome, "mended"), 0u);
}

TEST(T35, TheScanLeavesTermsThatTheCleanerLeft) {
  // Not among the words that the search never looks for by themselves.
  const auto outcome = run(instance({text({0x0010, 0x0010}, "PN", "Schulter^Karla"),
                                     text(kSeriesDescription, "LO", "MRT Schulter links")}),
                           {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, kSeriesDescription), "MRT Schulter links");
  EXPECT_EQ(counted(outcome, "homonyms"), 1u);
  EXPECT_EQ(counted(outcome, "mended"), 0u);
}

TEST(T36, AShortNameGoesWhereItIsOne) {
  const auto cleaned = [](const char* description) {
    const auto outcome = made::run_with(instance({text({0x0010, 0x0010}, "PN", "Li^Bo"),
                                                  text(kSeriesDescription, "LO", description)}),
                                        {{Option::CleanDescriptors}, {}, TextMode::BlockList});
    EXPECT_TRUE(outcome.released) << outcome.reason;
    return value(outcome, kSeriesDescription);
  };
  EXPECT_EQ(cleaned("liver, bolus, Gili"), "liver, bolus, Gili") << "never within a word";
  EXPECT_EQ(cleaned("Knie li flexion"), "Knie li flexion");
  EXPECT_EQ(cleaned("liver Li Bo"), "liver");
  EXPECT_EQ(cleaned("liver Bo, Li"), "liver");
  EXPECT_EQ(cleaned("liver Mr. Li"), "liver");
}

TEST(T41, DatesInOtherTextsGo) {
  const auto outcome = run(instance({text({0x0008, 0x0020}, "DA", "20230517"),
                                     text({0x0020, 0x0010}, "SH", "20230517-01"),
                                     text(kSeriesDescription, "LO", "thorax 20230517-01")}),
                           {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0020, 0x0010}), "");
  EXPECT_EQ(value(outcome, kSeriesDescription), "thorax");
}

// 山田太郎 胸部CT in ISO 2022 IR 87.
constexpr std::string_view kJapanese =
    "\x1B$B\x3B\x33\x45\x44\x42\x40\x4F\x3A\x1B(B \x1B$B\x36\x3B\x49\x74\x1B(BCT";
constexpr std::string_view kChest = "\x1B$B\x36\x3B\x49\x74\x1B(BCT";

TEST(T42, JapaneseTextKeepsItsTermsByteForByte) {
  const auto outcome =
      run(instance({text(kCharacterSet, "CS", "\\ISO 2022 IR 87"),
                    text({0x0010, 0x0010}, "PN",
                         "Yamada^Tarou=\x1B$B\x3B\x33\x45\x44\x1B(B^\x1B$B\x42\x40\x4F\x3A\x1B(B"),
                    text(kImageComments, "LT", kJapanese)}),
          {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, kImageComments), kChest);
  EXPECT_EQ(value(outcome, kCharacterSet), "\\ISO 2022 IR 87");
}

TEST(T43, TermsOfCharacterSetsAreReadAsPeopleWriteThem) {
  for (const auto* term : {"ISO_IR 100", "ISO-IR 100", "ISO 2022 IR 100", "iso_ir 100"}) {
    const auto outcome = run(instance({text(kCharacterSet, "CS", term),
                                       text(kSeriesDescription, "LO", "genou apr\xE8s M\xFCller")}),
                             {Option::CleanDescriptors});
    ASSERT_TRUE(outcome.released) << term << outcome.reason;
    EXPECT_EQ(value(outcome, kSeriesDescription), "genou apr\xE8s") << term;
  }
}

TEST(T43, TextThatCannotBeDecodedIsHeldBack) {
  for (const auto* term : {"ISO_IR 999", "ISO_IR 192", ""}) {
    const auto outcome = run(instance({text(kCharacterSet, "CS", term),
                                       text(kSeriesDescription, "LO", "genou apr\xE8s")}),
                             {Option::CleanDescriptors});
    EXPECT_FALSE(outcome.released) << term;
    EXPECT_EQ(outcome.reason, "text that cannot be decoded in (0008,103E)");
  }
}

TEST(T44, AnItemIsReadByItsOwnCharacterSet) {
  const auto outcome = run(
      instance(
          {text(kCharacterSet, "CS", "ISO_IR 100"),
           sequence({0x0040, 0x0275}, {text(kCharacterSet, "CS", "ISO_IR 192"),
                                       text({0x0040, 0x0007}, "LO", "apr\xC3\xA8s M\xC3\xBCller")}),
           text({0x0040, 0x0254}, "LO", "apr\xE8s")}),
      {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  const auto& item = element(outcome, {0x0040, 0x0275})->items.at(0).elements;
  EXPECT_EQ(dicom::text_of(item, {0x0040, 0x0007}), "apr\xC3\xA8s");
  EXPECT_EQ(value(outcome, {0x0040, 0x0254}), "apr\xE8s") << "behind the item the outer set holds";
}

TEST(CleanDescriptors, KeepsCodesOfDiagnosesAndCleansWhatIsBesideThem) {
  const auto outcome = run(
      instance({sequence({0x0008, 0x1084}, {text({0x0008, 0x0100}, "SH", "I26.9"),
                                            text({0x0008, 0x0104}, "LO", "Pulmonary embolism"),
                                            text({0x0010, 0x4000}, "LT", "lung of Mr Jansen")})}),
      {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  const auto& item = element(outcome, {0x0008, 0x1084})->items.at(0).elements;
  EXPECT_EQ(dicom::text_of(item, {0x0008, 0x0100}), "I26.9");
  EXPECT_EQ(dicom::text_of(item, {0x0010, 0x4000}), "lung of");
}

TEST(CleanDescriptors, WithNothingLeftAnOptionalTextGoesAndARequiredOneIsADummy) {
  const deidentify::Rules rules({Option::CleanDescriptors}, made::kRTPlan);
  const auto otherwise = [&](dicom::Tag tag) {
    const auto decision = rules.decide(tag, {});
    EXPECT_EQ(decision.action, deidentify::Action::Clean) << dicom::to_string(tag);
    return decision.otherwise;
  };
  EXPECT_EQ(otherwise(kStudyDescription), deidentify::Action::Remove);
  EXPECT_EQ(otherwise({0x300A, 0x0002}), deidentify::Action::Dummy) << "RT Plan Label, Type 1";
  const auto outcome =
      run(instance({text(kStudyDescription, "LO", "Vandermolen"),
                    text({0x0018, 0x0010}, "LO", "Jansen"), text({0x0040, 0x0254}, "LO", "")}),
          {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, kStudyDescription), nullptr);
  EXPECT_EQ(value(outcome, {0x0018, 0x0010}), "") << "Contrast/Bolus Agent, Type 2";
}

TEST(CleanDescriptors, ReadsNoTextInDisguiseOrOver64KiB) {
  auto large = text(kImageComments, "LT", "");
  large.shape = dicom::Element::Shape::Extent;
  large.extents = {{0, 100'000}};
  const auto outcome =
      run(instance({text(kStudyDescription, "UN", "chest"), large}), {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, kStudyDescription), nullptr);
  EXPECT_EQ(element(outcome, kImageComments), nullptr);
}

TEST(CleanDescriptors, LeavesNamesOfTechniquesToTheScan) {
  const auto outcome =
      run(instance({text({0x0008, 0x1090}, "LO", "Quux 7T Plus")}), {Option::CleanDescriptors});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0008, 0x1090}), "Quux 7T Plus");
}

TEST(Site, ItsNamesAreSearchedForInEverythingThatLeaves) {
  Choices choices;
  choices.site.names = {"Osterhout"};
  const auto outcome =
      made::run_with(instance({text({0x0008, 0x1090}, "LO", "Scanner of Osterhout")}), choices);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, {0x0008, 0x1090}), nullptr);
  EXPECT_EQ(counted(outcome, "mended"), 1u);
}

}  // namespace
