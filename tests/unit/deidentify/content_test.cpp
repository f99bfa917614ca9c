#include <gmock/gmock.h>

#include "deidentify/rewrite.h"
#include "report.h"

namespace {

using deidentify::tables::Basic;
using made::content;
using made::content_item;
using made::items;
using made::Option;
using made::report;
using made::text;
using testing::HasSubstr;

constexpr dicom::Tag kText{0x0040, 0xA160};
constexpr made::Concept kFinding{"121071", "DCM"};
constexpr made::Concept kUnnamed{"99999", "DCM"};

deidentify::Outcome run(const dicom::File& file, std::set<Option> options = {}) {
  options.insert(Option::CleanStructuredContent);
  auto outcome = made::run(file, options);
  EXPECT_TRUE(outcome.released) << outcome.reason;
  return outcome;
}

bool contains(const deidentify::Outcome& outcome, std::string_view word) {
  const auto bytes = made::written(outcome);
  return base::as_text(bytes).find(word) != std::string_view::npos;
}

std::vector<std::string> codes(const deidentify::Outcome& outcome) {
  std::vector<std::string> found;
  for (const auto& item : made::element(outcome, {0x0012, 0x0064})->items)
    found.push_back(dicom::text_of(item.elements, {0x0008, 0x0100}));
  return found;
}

TEST(T53, WithoutTheOptionAReportIsQuarantined) {
  const auto outcome = made::run(report({}));
  EXPECT_FALSE(outcome.released);
  EXPECT_EQ(outcome.reason, "structured reports need Clean Structured Content");
}

TEST(T54, EveryClassOfReportsIsReleasedCleaned) {
  int classes = 0;
  for (const auto& row : deidentify::tables::sop_classes()) {
    if (row.option != "clean_structured_content") continue;
    ++classes;
    const auto outcome =
        run(report({content_item("TEXT", kUnnamed), content_item("PNAME", kUnnamed),
                    content_item("DATE", kUnnamed)},
                   std::string(row.uid).c_str()));
    EXPECT_EQ(items(outcome).size(), 3u);
    EXPECT_FALSE(contains(outcome, "uillfeather")) << row.uid;
    EXPECT_FALSE(contains(outcome, "QUILLFEATHER")) << row.uid;
    EXPECT_FALSE(contains(outcome, "20230517")) << row.uid;
    EXPECT_THAT(codes(outcome), testing::ElementsAre("113100", "113104"));
  }
  EXPECT_GE(classes, 20);
}

TEST(T54, NumbersStayTextBecomesADummyAndReferencesAreMapped) {
  const auto outcome =
      run(report({content_item("TEXT", kFinding), content_item("NUM", kUnnamed),
                  content_item("IMAGE", {"121112", "DCM"}), content_item("CODE", kUnnamed)}));
  const auto left = items(outcome);
  ASSERT_EQ(left.size(), 4u);
  EXPECT_EQ(dicom::text_of(left[0].elements, kText), "ANONYMIZED");
  const auto& number = dicom::find(left[1].elements, {0x0040, 0xA300})->items[0].elements;
  EXPECT_EQ(dicom::text_of(number, {0x0040, 0xA30A}), "9");
  const auto& image = dicom::find(left[2].elements, {0x0008, 0x1199})->items[0].elements;
  EXPECT_EQ(dicom::text_of(image, {0x0008, 0x1155}), made::kMappedUid);
  EXPECT_EQ(dicom::text_of(image, {0x0008, 0x1150}), made::kCT);
  const auto& code = dicom::find(left[3].elements, {0x0040, 0xA168})->items[0].elements;
  EXPECT_EQ(dicom::text_of(code, {0x0008, 0x0104}), "Female");
}

TEST(T54, TheVerifierIsADummy) {
  auto file = report({content_item("NUM", kUnnamed)});
  deidentify::put(
      file.elements,
      made::sequence({0x0040, 0xA073}, {text({0x0040, 0xA027}, "LO", "Quillfeather Clinic"),
                                        text({0x0040, 0xA030}, "DT", "20230517"),
                                        text({0x0040, 0xA075}, "PN", "OSTERHOUT^JAN")}));
  const auto outcome = run(file);
  const auto& verifier = made::element(outcome, {0x0040, 0xA073})->items.at(0).elements;
  EXPECT_EQ(dicom::text_of(verifier, {0x0040, 0xA075}), "ANONYMIZED");
  EXPECT_FALSE(contains(outcome, "OSTERHOUT"));
}

// What the row asks for without any option but this one, and that nothing of the value is left.
TEST(T54, EveryConceptOfTheTableGetsItsAction) {
  int rows = 0;
  for (const auto& row : deidentify::tables::concepts()) {
    const auto type = std::string(row.value_type);
    const auto outcome = run(report({content_item(type, {row.value, row.scheme})}));
    EXPECT_EQ(items(outcome).empty(), row.basic == Basic::X) << row.value << type;
    EXPECT_FALSE(contains(outcome, "uillfeather")) << row.value;
    EXPECT_FALSE(contains(outcome, "QUILLFEATHER")) << row.value;
    EXPECT_FALSE(contains(outcome, "20230517")) << row.value;
    EXPECT_FALSE(contains(outcome, made::kUid)) << row.value;
    ++rows;
  }
  EXPECT_EQ(rows, 206);
}

// The same with other items pointing here: nothing may go, a dummy stands in its place.
TEST(T54, WherePositionsCountADummyTakesTheItemsPlace) {
  for (const auto& row : deidentify::tables::concepts()) {
    const std::vector<made::Element> pointer{
        text({0x0040, 0xA010}, "CS", "INFERRED FROM"),
        made::bytes({0x0040, 0xDB73}, "UL", {1, 0, 0, 0, 1, 0, 0, 0})};
    const auto outcome = run(report({content_item(row.value_type, {row.value, row.scheme}),
                                     content_item("NUM", kUnnamed, {content({pointer})})}));
    const auto left = items(outcome);
    ASSERT_EQ(left.size(), 2u) << row.value;
    EXPECT_NE(dicom::find(left[1].elements, {0x0040, 0xA730}), nullptr);
    EXPECT_FALSE(contains(outcome, "uillfeather")) << row.value;
    EXPECT_FALSE(contains(outcome, "20230517")) << row.value;
    EXPECT_FALSE(contains(outcome, "Female")) << row.value;
    EXPECT_FALSE(contains(outcome, made::kUid)) << row.value;
  }
}

TEST(T54, DatesOfTheContentFollowTheirOption) {
  const made::Concept study_date{"111060", "DCM"};
  const auto date = [&](std::set<Option> options) {
    return dicom::text_of(
        items(run(report({content_item("DATE", study_date)}), options)).at(0).elements,
        {0x0040, 0xA121});
  };
  EXPECT_EQ(date({}), "19000101");
  EXPECT_EQ(date({Option::RetainFullDates}), "20230517");
  EXPECT_EQ(date({Option::ModifyDates}), "20160713");
  const made::Concept birth_date{"121031", "DCM"};
  EXPECT_TRUE(
      items(run(report({content_item("DATE", birth_date)}), {Option::RetainFullDates})).empty());
}

TEST(T54, WhatAnOptionKeepsStays) {
  const auto left = [](made::Concept name, const char* type, Option option) {
    return items(run(report({content_item(type, name)}), {option})).size();
  };
  EXPECT_EQ(left({"121033", "DCM"}, "NUM", Option::RetainPatientCharacteristics), 1u);
  EXPECT_EQ(left({"121033", "DCM"}, "NUM", Option::RetainUIDs), 0u);
  EXPECT_EQ(left({"121016", "DCM"}, "TEXT", Option::RetainDeviceIdentity), 1u);
  EXPECT_EQ(left({"121017", "DCM"}, "TEXT", Option::RetainInstitutionIdentity), 1u);
  const auto kept = run(report({content_item("UIDREF", {"112040", "DCM"})}), {Option::RetainUIDs});
  EXPECT_EQ(dicom::text_of(items(kept).at(0).elements, {0x0040, 0xA124}), made::kUid);
}

TEST(Content, IsWalkedToItsLeaves) {
  auto inner = content_item("TEXT", kUnnamed);
  for (int depth = 0; depth < 20; ++depth)
    inner = content_item("CONTAINER", kUnnamed, {content({std::move(inner)})});
  const auto outcome = run(report({std::move(inner)}));
  EXPECT_FALSE(contains(outcome, "uillfeather"));
  EXPECT_TRUE(contains(outcome, "ANONYMIZED"));
}

TEST(Content, OfAnUnknownValueTypeGoes) {
  auto strange = content_item("TEXT", kUnnamed);
  deidentify::put(strange, text({0x0040, 0xA040}, "CS", "TABLE"));
  EXPECT_TRUE(items(run(report({strange}))).empty());
}

TEST(Content, InAnAttributeOfAnotherValueTypeIsNoWayOut) {
  const auto outcome = run(report({content_item("NUM", kUnnamed, made::saying("TEXT")),
                                   content_item("CODE", kUnnamed, made::saying("PNAME")),
                                   content_item("CONTAINER", kUnnamed, made::saying("DATE"))}));
  EXPECT_FALSE(contains(outcome, "uillfeather"));
  EXPECT_FALSE(contains(outcome, "QUILLFEATHER"));
  EXPECT_FALSE(contains(outcome, "20230517"));
}

TEST(Content, MeaningsOfLocalCodesAreText) {
  const auto left = items(run(report(
      {content_item("CODE", kUnnamed,
                    {made::code({0x0040, 0xA168}, "DR1", "99ACME", "read by Dr Quillfeather")})})));
  const auto& code = dicom::find(left.at(0).elements, {0x0040, 0xA168})->items.at(0).elements;
  EXPECT_EQ(dicom::text_of(code, {0x0008, 0x0104}), "ANONYMIZED");
  EXPECT_EQ(dicom::text_of(code, {0x0008, 0x0100}), "DR1");
}

TEST(Content, OfAnAcquisitionsContextIsCleanedToo) {
  const auto image = made::instance({made::sequence(
      {0x0040, 0x0555}, {text({0x0040, 0xA040}, "CS", "TEXT"),
                         made::code({0x0040, 0xA043}, "109054", "DCM", "Patient State"),
                         text(kText, "UT", "anxious about Quillfeather")})});
  const auto outcome = run(image);
  EXPECT_TRUE(made::element(outcome, {0x0040, 0x0555})->items.empty());
  EXPECT_THAT(codes(outcome), testing::Contains("113104"));
}

TEST(Content, ThatIsNotThereIsNotClaimedToBeClean) {
  EXPECT_THAT(codes(run(made::instance({}))), testing::ElementsAre("113100"));
}

TEST(Content, WithPixelsIsNoReport) {
  auto file = report({});
  deidentify::put(file.elements, made::bytes({0x7FE0, 0x0010}, "OW", {1, 2}));
  EXPECT_THAT(made::run(file, {Option::CleanStructuredContent}).reason, HasSubstr("pixel data"));
}

TEST(Content, IsCleanedWhereThereIsACleaner) {
  const deidentify::Rules rules({Option::CleanStructuredContent, Option::CleanDescriptors},
                                made::kComprehensiveSR);
  const auto map = made::map();
  const auto cleaner =
      deidentify::TextCleaner::create(identity::Identifiers(), {}, deidentify::TextMode::AllowList)
          .value();
  deidentify::Rewriter rewriter(rules, map, cleaner);
  const auto elements = rewriter.rewrite(
      report({content_item("TEXT", kFinding,
                           {made::text(kText, "UT", "9 mm nodule, Mrs Quillfeather")})})
          .elements);
  EXPECT_EQ(dicom::text_of(dicom::find(elements, {0x0040, 0xA730})->items.at(0).elements, kText),
            "9 mm nodule");
}

}  // namespace
