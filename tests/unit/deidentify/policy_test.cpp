// That every storage class has a policy, and what is released has no text that no rule sees.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "deidentify/decide.h"
#include "dicom/vr.h"
#include "made.h"

namespace {

using deidentify::Action;
using deidentify::tables::Policy;
using dicom::VR;
using made::bytes;
using made::Option;
using made::sequence;
using made::text;

struct Registered {
  std::string uid, name, type;
};

std::vector<Registered> registry() {
  std::ifstream in(std::string(SOURCE_DIR) + "/config/deidentify/uid_registry.tsv");
  std::vector<Registered> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream cells(line);
    Registered row;
    std::getline(cells, row.uid, '\t');
    std::getline(cells, row.name, '\t');
    std::getline(cells, row.type, '\t');
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(Policy, IsThereForEveryStorageClass) {
  int classes = 0;
  for (const auto& row : registry()) {
    const bool storage = row.type == "SOP Class" && row.name.find("Storage") != std::string::npos &&
                         row.name.find("Commitment") == std::string::npos;
    if (!storage) continue;
    ++classes;
    const auto* policy = deidentify::tables::find_sop_class(row.uid);
    ASSERT_NE(policy, nullptr) << row.uid << " " << row.name;
    EXPECT_FALSE(policy->reason.empty()) << row.uid;
    EXPECT_TRUE(policy->option.empty() || deidentify::parse_option(policy->option)) << row.uid;
  }
  EXPECT_GT(classes, 150);
}

TEST(Policy, ReleasesNoFamilyByItsPrefix) {
  for (const auto& row : deidentify::tables::sop_classes()) {
    if (!row.released && row.option.empty()) continue;
    EXPECT_TRUE(deidentify::tables::is_registered(row.uid)) << row.uid;
  }
}

// The attributes that a table names; all others go by their VR, which never keeps text.
std::vector<const dicom::DictionaryEntry*> named() {
  std::vector<const dicom::DictionaryEntry*> entries;
  const auto add = [&](std::uint32_t number) {
    const dicom::Tag tag{static_cast<std::uint16_t>(number >> 16),
                         static_cast<std::uint16_t>(number)};
    if (const auto* entry = dicom::find_entry(tag)) entries.push_back(entry);
  };
  for (const auto& row : deidentify::tables::profile()) add(row.tag);
  for (const auto& row : deidentify::tables::supplement()) add(row.tag);
  return entries;
}

bool may_stay(const dicom::DictionaryEntry& entry) {
  const auto policy = deidentify::tables::find_supplement(entry.tag);
  return policy == Policy::Scan && !deidentify::tables::find_profile(entry.tag) &&
         (entry.vr == VR("LO") || entry.vr == VR("SH") || entry.vr == VR("UC") ||
          entry.vr == VR("UR"));
}

// A class is released only if of all these no text, name, title or address, date or
// UID passes it without a rule: what stays are the short descriptive ones that the scan reads.
TEST(Policy, OfAReleasedClassLeavesNoTextWithoutARule) {
  const auto entries = named();
  ASSERT_GT(entries.size(), 1000u);
  for (const auto& row : deidentify::tables::sop_classes()) {
    if (!row.released && row.option.empty()) continue;
    const deidentify::Rules rules(
        {Option::CleanStructuredContent, Option::CleanGraphics, Option::RetainSafePrivate},
        row.uid);
    for (const auto* entry : entries) {
      const auto vr = entry->vr;
      const bool telling = dicom::is_text(vr) || vr == VR("AE") || vr == VR("UR") ||
                           vr == VR("DA") || vr == VR("DT") || vr == VR("UI") || vr == VR("AS");
      if (!telling || may_stay(*entry)) continue;
      for (const deidentify::Path& above :
           {deidentify::Path{}, deidentify::Path{{0x300A, 0x00B0}, {0x300A, 0x0111}}})
        EXPECT_NE(rules.decide(entry->tag, above).action, Action::Keep)
            << row.uid << " " << entry->keyword;
    }
  }
}

struct Family {
  const char* sop_class;
  std::vector<made::Element> elements;
};

constexpr const char* kNote = "set by Quillfeather";

made::Element tagged(dicom::Tag tag, dicom::Tag inner, const char* vr) {
  return sequence(tag, {text(inner,
                             vr[0] == 'L'   ? VR("LO")
                             : vr[1] == 'H' ? VR("SH")
                                            : VR("ST"),
                             kNote)});
}

std::vector<Family> families() {
  const std::string root = "1.2.840.10008.5.1.4.1.1.";
  static const std::string kUids[] = {
      root + "481.2", root + "481.3", root + "481.4", root + "481.5", root + "481.6",
      root + "481.7", root + "481.8", root + "481.9", root + "66.1",  root + "66.2",
      root + "66.3",  root + "67",    root + "30",    root + "9.1.1", root + "9.1.2",
      root + "9.1.3", root + "9.2.1", root + "9.3.1"};
  const std::vector<made::Element> planted{text({0x0070, 0x0081}, "LO", kNote),
                                           text({0x300A, 0x0002}, "SH", "QUILLFEATHER"),
                                           text({0x300A, 0x0003}, "LO", kNote),
                                           text({0x300A, 0x0004}, "ST", kNote),
                                           text({0x3006, 0x0002}, "SH", "QUILLFEATHER"),
                                           text({0x3004, 0x0006}, "LO", kNote),
                                           tagged({0x3006, 0x0020}, {0x3006, 0x0026}, "LO"),
                                           tagged({0x3006, 0x0080}, {0x3006, 0x0085}, "SH"),
                                           tagged({0x300A, 0x00B0}, {0x300A, 0x00C2}, "LO"),
                                           tagged({0x300A, 0x0180}, {0x300A, 0x01B2}, "ST"),
                                           tagged({0x3008, 0x0010}, {0x3008, 0x0012}, "ST"),
                                           tagged({0x0062, 0x0002}, {0x0062, 0x0005}, "LO"),
                                           tagged({0x0040, 0xB020}, {0x0070, 0x0006}, "ST"),
                                           tagged({0x5400, 0x0100}, {0x003A, 0x0020}, "SH"),
                                           tagged({0x0040, 0x9096}, {0x0040, 0x9210}, "SH"),
                                           tagged({0x0070, 0x031C}, {0x0070, 0x0310}, "SH")};
  std::vector<Family> all;
  for (const auto& uid : kUids) all.push_back({uid.c_str(), planted});
  return all;
}

TEST(Policy, OfEachFamilyTakesItsTextsAway) {
  for (auto& family : families()) {
    auto file = made::instance(family.elements, family.sop_class);
    if (!deidentify::tables::find_sop_class(family.sop_class)->has_pixels)
      std::erase_if(file.elements,
                    [](const made::Element& one) { return one.tag.group == 0x7FE0; });
    const auto outcome = made::run(file);
    ASSERT_TRUE(outcome.released) << family.sop_class << outcome.reason;
    const auto all = made::written(outcome);
    EXPECT_EQ(base::as_text(all).find("uillfeather"), std::string_view::npos) << family.sop_class;
    EXPECT_EQ(base::as_text(all).find("QUILLFEATHER"), std::string_view::npos) << family.sop_class;
  }
}

TEST(Policy, OfClassesWithoutPixelsHoldsThemWithPixels) {
  EXPECT_EQ(made::run(made::instance({}, made::kRTPlan)).reason,
            "pixel data in an object that has none");
}

TEST(Policy, LetsWaveformsAndTheirPaddingThrough) {
  auto file = made::instance({text({0x0008, 0x0060}, "CS", "ECG"),
                              sequence({0x5400, 0x0100}, {bytes({0x5400, 0x100A}, "OW", {0, 0x80}),
                                                          bytes({0x5400, 0x1010}, "OW", {1, 2}),
                                                          bytes({0x5400, 0x0110}, "OW", {9, 9})})},
                             "1.2.840.10008.5.1.4.1.1.9.1.1");
  std::erase_if(file.elements, [](const made::Element& one) { return one.tag.group == 0x7FE0; });
  const auto outcome = made::run(file);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  const auto& item = made::element(outcome, {0x5400, 0x0100})->items[0].elements;
  EXPECT_EQ(dicom::find(item, {0x5400, 0x1010})->value, (base::Bytes{1, 2}));
  EXPECT_NE(dicom::find(item, {0x5400, 0x100A}), nullptr);
  EXPECT_EQ(dicom::find(item, {0x5400, 0x0110}), nullptr);
}

}  // namespace
