#include "deidentify/tables.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "deidentify/decide.h"
#include "made.h"

namespace {

using deidentify::Action;
using deidentify::tables::Basic;

using Row = std::map<std::string, std::string>;

std::vector<Row> read_table(const std::string& name) {
  std::ifstream in(std::string(SOURCE_DIR) + "/config/deidentify/" + name);
  const auto cells = [](const std::string& line) {
    std::vector<std::string> list;
    std::string cell;
    for (std::istringstream stream(line + "\t."); std::getline(stream, cell, '\t');)
      list.push_back(cell);
    return list;
  };
  std::string line;
  std::getline(in, line);
  const auto names = cells(line);
  std::vector<Row> rows;
  while (std::getline(in, line)) {
    const auto values = cells(line);
    Row row;
    for (std::size_t i = 0; i + 1 < names.size() && i < values.size(); ++i)
      row[names[i]] = values[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string spelt(Basic basic) {
  static const std::map<Basic, std::string> kCells{
      {Basic::X, "X"},    {Basic::Z, "Z"},       {Basic::D, "D"},
      {Basic::U, "U"},    {Basic::XZ, "X/Z"},    {Basic::XD, "X/D"},
      {Basic::ZD, "Z/D"}, {Basic::XZD, "X/Z/D"}, {Basic::XZU, "X/Z/U*"}};
  return kCells.at(basic);
}

const std::vector<std::pair<const char*, deidentify::tables::Column>> kColumns{
    {"rtn_safe_priv", deidentify::tables::kSafePrivate},
    {"rtn_uids", deidentify::tables::kUIDs},
    {"rtn_dev_id", deidentify::tables::kDeviceIdentity},
    {"rtn_inst_id", deidentify::tables::kInstitutionIdentity},
    {"rtn_pat_chars", deidentify::tables::kPatientCharacteristics},
    {"rtn_long_full_dates", deidentify::tables::kFullDates},
    {"rtn_long_modif_dates", deidentify::tables::kModifiedDates},
    {"clean_desc", deidentify::tables::kDescriptors},
    {"clean_struct_cont", deidentify::tables::kStructuredContent},
    {"clean_graph", deidentify::tables::kGraphics}};

TEST(Tables, HoldEveryRowOfTableE11) {
  int rows = 0, patterns = 0;
  for (auto& row : read_table("profile.tsv")) {
    ++rows;
    const auto tag = dicom::parse_tag(row["tag"]);
    if (!tag) {
      ++patterns;
      continue;
    }
    const auto* found = deidentify::tables::find_profile(*tag);
    ASSERT_NE(found, nullptr) << row["tag"];
    EXPECT_EQ(spelt(found->basic), row["basic"]) << row["tag"];
    EXPECT_EQ(found->vr, row["vr"]) << row["tag"];
    for (const auto& [name, column] : kColumns) {
      EXPECT_EQ((found->keeps & column) != 0, row[name] == "K") << row["tag"] << name;
      EXPECT_EQ((found->cleans & column) != 0, row[name] == "C") << row["tag"] << name;
    }
  }
  EXPECT_EQ(rows, 647);
  EXPECT_EQ(patterns, 4) << "curves, two of overlays, private";
}

// Every row's action under the Basic Profile, at the top level of a CT and within an item.
TEST(T01, EveryRowHasItsActionAtEveryLevel) {
  const deidentify::Rules rules({}, made::kCT);
  const auto class_of_ct = deidentify::tables::find_typed(made::kCT);
  for (auto& row : read_table("profile.tsv")) {
    const auto tag = dicom::parse_tag(row["tag"]);
    if (!tag || *tag == dicom::Tag{0x0010, 0x0010} || *tag == dicom::Tag{0x0010, 0x0020}) continue;
    for (const deidentify::Path& above : {deidentify::Path{}, deidentify::Path{{0x0008, 0x1032}}}) {
      const auto action = rules.decide(*tag, above).action;
      const auto basic = row["basic"];
      if (tag->group < 8 || tag->group == 0x0400 || basic == "X") {
        const auto required = deidentify::tables::find_required(*class_of_ct, *tag, !above.empty());
        const bool removed = action == Action::Remove;
        EXPECT_EQ(removed, !required.has_value()) << row["tag"];
        EXPECT_NE(action, Action::Keep) << row["tag"];
      } else if (basic == "Z") {
        EXPECT_EQ(action, Action::Empty) << row["tag"];
      } else if (basic == "D") {
        EXPECT_EQ(action, Action::Dummy) << row["tag"];
      } else if (basic == "U") {
        EXPECT_EQ(action, Action::MapUID) << row["tag"];
      } else {
        EXPECT_NE(action, Action::Keep) << row["tag"];
        EXPECT_NE(action, Action::MapUID) << row["tag"];
      }
    }
  }
}

TEST(Tables, ResolveEveryCompoundAsTheFactsDo) {
  std::size_t checked = 0;
  for (auto& row : read_table("iod_compound_types.tsv")) {
    const auto sop_class = deidentify::tables::find_typed(row["sop_class_uid"]);
    ASSERT_TRUE(sop_class.has_value());
    const auto letter = deidentify::tables::find_compound(*sop_class, row["tag_path"]);
    ASSERT_TRUE(letter.has_value()) << row["tag_path"];
    EXPECT_EQ(*letter, row["resolved_action"].front()) << row["sop_class_uid"] << row["tag_path"];
    ++checked;
  }
  EXPECT_EQ(checked, 5868u);
}

TEST(Tables, KnowTheRegistry) {
  EXPECT_TRUE(deidentify::tables::is_registered(made::kCT));
  EXPECT_TRUE(deidentify::tables::is_registered("1.2.840.10008.1.4.1.1"));
  EXPECT_FALSE(deidentify::tables::is_registered("1.2.840.10008.1.2.3.4.5.6"));
}

TEST(Tables, NameTheClassesThatAreReleased) {
  for (const auto* uid : {made::kCT, made::kEnhancedCT, made::kEnhancedMR, made::kPET, made::kXA})
    EXPECT_TRUE(deidentify::tables::find_sop_class(uid)->released) << uid;
  for (const auto* uid :
       {made::kGSPS, "1.2.840.10008.5.1.4.1.1.481.10", "1.2.840.10008.5.1.4.1.1.7",
        "1.2.840.10008.5.1.4.1.1.88.67", "1.2.840.10008.5.1.4.1.1.104.1",
        "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.66"})
    EXPECT_FALSE(deidentify::tables::find_sop_class(uid)->released) << uid;
}

Action action(const char* sop_class, dicom::Tag tag, deidentify::Path above = {}) {
  return deidentify::Rules({}, sop_class).decide(tag, above).action;
}

TEST(T03, ContentDateOfACTIsEmptied) {
  EXPECT_EQ(action(made::kCT, {0x0008, 0x0023}), Action::Empty);
}

TEST(T04, DatesThatAnEnhancedCTNeedsAreDummies) {
  EXPECT_EQ(action(made::kEnhancedCT, {0x0008, 0x002A}), Action::Dummy);
  EXPECT_EQ(action(made::kEnhancedCT, {0x0008, 0x0023}), Action::Dummy);
}

TEST(T05, SeriesDateOfAPETIsADummy) {
  EXPECT_EQ(action(made::kPET, {0x0008, 0x0021}), Action::Dummy);
  EXPECT_EQ(action(made::kPET, {0x0008, 0x0031}), Action::Dummy);
}

TEST(T06, SeriesDateOfACTIsRemoved) {
  EXPECT_EQ(action(made::kCT, {0x0008, 0x0021}), Action::Remove);
}

TEST(T07, OperatorsNameGoesByItsType) {
  EXPECT_EQ(action(made::kRTPlan, {0x0008, 0x1070}), Action::Empty);
  EXPECT_EQ(action(made::kCT, {0x0008, 0x1070}), Action::Remove);
}

TEST(T08, SerialNumberOfAnEnhancedMRIsADummy) {
  EXPECT_EQ(action(made::kEnhancedMR, {0x0018, 0x1000}), Action::Dummy);
}

TEST(T09, ReferencedImagesOfAnXAAreKept) {
  EXPECT_EQ(action(made::kCT, {0x0008, 0x1140}), Action::Remove);
  EXPECT_EQ(action(made::kXA, {0x0008, 0x1140}), Action::Keep);
}

TEST(T10, PresentationCreationDateIsADummySinceItIsRequired) {
  EXPECT_EQ(action(made::kGSPS, {0x0070, 0x0082}), Action::Dummy);
  EXPECT_EQ(action(made::kGSPS, {0x0070, 0x0083}), Action::Dummy);
}

TEST(T11, AnUnknownIodGetsTheMostTellingSafeAction) {
  const auto* unknown = "1.2.840.10008.5.1.4.1.1.481.12";
  EXPECT_EQ(action(unknown, {0x0008, 0x0021}), Action::Dummy);  // X/D
  EXPECT_EQ(action(unknown, {0x0008, 0x0022}), Action::Empty);  // X/Z
  EXPECT_EQ(action(unknown, {0x0008, 0x1140}), Action::Keep);   // X/Z/U*
}

TEST(T40, DatesThatTheTableDoesNotNameAreRemoved) {
  EXPECT_EQ(action(made::kCT, {0x0008, 0x041F}), Action::Remove);
}

TEST(T50, CurvesAndOverlaysAreRemovedWholeGroups) {
  for (const std::uint16_t group : {0x5000, 0x501E, 0x6000, 0x6002, 0x60FE})
    for (const std::uint16_t number : {0x0010, 0x0040, 0x3000, 0x4000})
      EXPECT_EQ(action(made::kCT, {group, number}), Action::Remove);
}

TEST(T65, UnknownEvenTagsAreRemoved) {
  EXPECT_EQ(action(made::kCT, {0x0008, 0xFFF0}), Action::Remove);
  EXPECT_EQ(action(made::kCT, {0x1234, 0x0010}), Action::Remove);
  EXPECT_EQ(action(made::kCT, {0x0000, 0x0002}), Action::Remove);
  EXPECT_EQ(action(made::kCT, {0x0004, 0x1500}), Action::Remove);
}

TEST(T19, DeviceOptionKeepsStationNameButNoTitlesAndNoTimes) {
  const deidentify::Rules rules({deidentify::Option::RetainDeviceIdentity}, made::kCT);
  EXPECT_EQ(rules.decide({0x0008, 0x1010}, {}).action, Action::Keep);
  EXPECT_EQ(rules.decide({0x0008, 0x0055}, {}).action, Action::Remove);
  EXPECT_EQ(rules.decide({0x300C, 0x0127}, {}).action, Action::Dummy);
}

TEST(T18, RetainUidsKeepsItsSixtyRows) {
  const deidentify::Rules rules({deidentify::Option::RetainUIDs}, made::kCT);
  int kept = 0;
  for (auto& row : read_table("profile.tsv"))
    if (row["rtn_uids"] == "K") {
      const auto tag = *dicom::parse_tag(row["tag"]);
      const auto expected = tag.group < 8 ? Action::Remove : Action::Keep;
      EXPECT_EQ(rules.decide(tag, {}).action, expected) << row["tag"];
      ++kept;
    }
  EXPECT_EQ(kept, 60);
}

}  // namespace
