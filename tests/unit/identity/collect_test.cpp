#include <gmock/gmock.h>

#include "identity/identifiers.h"
#include "identity/uids.h"

namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;
using identity::Identifier;
using identity::Kind;
using testing::Contains;
using testing::Not;

Element text(Tag tag, VR vr, std::string_view value) {
  Element element;
  element.tag = tag;
  element.vr = vr;
  element.value = base::to_bytes(base::as_bytes(value));
  return element;
}

std::vector<Identifier> collected(std::vector<Element> elements) {
  dicom::File file;
  file.elements = std::move(elements);
  return identity::collect(file).reveal();
}

TEST(Collect, TakesNamesApart) {
  const auto list = collected({text({0x0010, 0x0010}, "PN", "VANDERMOLEN^Wilhelmina^Q^Dr")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "vandermolen"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "wilhelmina"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "vandermolen^wilhelmina"}));
  EXPECT_THAT(list, Not(Contains(Identifier{Kind::Name, "dr"})));
}

TEST(Collect, KnowsANameInWhateverVRItIsWritten) {
  for (const VR vr : {VR("UN"), VR("LO"), VR("UT"), VR("PN")}) {
    const auto list = collected({text({0x0010, 0x0010}, vr, "VANDERMOLEN^Wilhelmina"),
                                 text({0x0010, 0x0030}, vr, "19531224")});
    EXPECT_THAT(list, Contains(Identifier{Kind::Name, "vandermolen"})) << vr.letters[0];
    EXPECT_THAT(list, Contains(Identifier{Kind::BirthDate, "19531224"})) << vr.letters[0];
  }
}

TEST(Collect, KnowsNamesOfSeveralPartsAsTheyAreWrittenAndTogether) {
  const std::pair<const char*, std::vector<const char*>> names[] = {
      {"O'NEIL^MARY", {"o'neil", "oneil"}},
      {"DE LUCA^MARIO", {"de luca", "deluca", "luca"}},
      {"SMITH-JONES^A", {"smith-jones", "smithjones", "smith", "jones"}}};
  for (const auto& [name, parts] : names)
    for (const char* part : parts)
      EXPECT_THAT(collected({text({0x0010, 0x0010}, "PN", name)}),
                  Contains(Identifier{Kind::Name, part}));
}

// Without (0008,0005), or with another one: taken as Latin 1, so that it is text at least.
TEST(Collect, TakesWhatCannotBeDecodedAsLatin1) {
  const auto list = collected({text({0x0010, 0x0010}, "PN", "M\xFCller^J\xFCrgen")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "M\u00FCller"}));
}

TEST(Collect, ReadsAllThreeGroupsByTheirCharacterSet) {
  const auto list =
      collected({text({0x0008, 0x0005}, "CS", "ISO_IR 192"),
                 text({0x0010, 0x0010}, "PN", "Yamada^Tarou=山田^太郎=やまだ^たろう")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "yamada"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "山田"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "やまだ"}));
}

// "ISO_IR 100" is one term although there is a space in it: split there, no name is decoded.
TEST(Collect, ReadsLatin1ByATermWithASpaceInIt) {
  const auto list = collected({text({0x0008, 0x0005}, "CS", "ISO_IR 100"),
                               text({0x0010, 0x0010}, "PN", "M\xFCllerin^J\xF8rgen")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "Müllerin"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "Jørgen"}));
}

TEST(Collect, KeepsTheEmptyFirstTermOfACharacterSet) {
  const auto list =
      collected({text({0x0008, 0x0005}, "CS", "\\ISO 2022 IR 87 "),
                 text({0x0010, 0x0010}, "PN", "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "山田"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "太郎"}));
}

TEST(Collect, WritesNumbersInThreeWays) {
  const auto list = collected({text({0x0010, 0x0020}, "LO", "MRN-12345-XQ ")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Id, "mrn-12345-xq"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Id, "mrn12345xq"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Id, "12345"}));
}

TEST(Collect, LeavesStopWordsOut) {
  const auto list =
      collected({text({0x0008, 0x0080}, "LO", "St. Quillfeather Hospital, Radiology")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Institution, "quillfeather"}));
  EXPECT_THAT(list, Not(Contains(Identifier{Kind::Institution, "hospital"})));
}

TEST(Collect, FindsDatesAndNamesAtEveryDepth) {
  std::vector<Element> inner{text({0x0008, 0x0020}, "DA", "20230517"),
                             text({0x0008, 0x0090}, "PN", "OSTERHOUT^J")};
  for (int depth = 0; depth < 30; ++depth) {
    Element sequence;
    sequence.tag = {0x0008, 0x1032};
    sequence.vr = VR("SQ");
    sequence.shape = Element::Shape::Sequence;
    sequence.items.push_back({std::move(inner)});
    inner.clear();
    inner.push_back(std::move(sequence));
  }
  const auto list = collected(std::move(inner));
  EXPECT_THAT(list, Contains(Identifier{Kind::Date, "20230517"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Name, "osterhout"}));
}

TEST(Collect, KeepsBirthDateDeviceAndInstitutionApart) {
  const auto list = collected(
      {text({0x0008, 0x1010}, "SH", "SCANNER-17A"), text({0x0010, 0x0030}, "DA", "19610423")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Device, "scanner-17a"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::BirthDate, "19610423"}));
}

TEST(Collect, KeepsTheDaysOfADeviceApart) {
  const auto list = collected(
      {text({0x0018, 0x1200}, "DA", "20190307"), text({0x0008, 0x0020}, "DA", "20230517")});
  EXPECT_THAT(list, Contains(Identifier{Kind::DeviceDate, "20190307"}));
  EXPECT_EQ(identity::parse_identifier(identity::written({Kind::DeviceDate, "20190307"})),
            (Identifier{Kind::DeviceDate, "20190307"}));
}

TEST(Collect, ReadsDatesOfDateTimesAndRanges) {
  const auto list = collected({text({0x0008, 0x002A}, "DT", "20230517134501.5+0200"),
                               text({0x0009, 0x1001}, "DA", "2023.05.18")});
  EXPECT_THAT(list, Contains(Identifier{Kind::Date, "20230517"}));
  EXPECT_THAT(list, Contains(Identifier{Kind::Date, "20230518"}));
}

TEST(Collect, HasOneUidForAThousandInstances) {
  identity::Identifiers all;
  for (int i = 0; i < 1000; ++i) {
    dicom::File file;
    file.elements = {
        text({0x0008, 0x0018}, "UI", "1.2.826.0.1.3680043.9.9999.1.100." + std::to_string(i))};
    identity::merge(all, identity::collect(file));
  }
  EXPECT_EQ(all.reveal().size(), 1u);
}

TEST(SearchedPart, IsNeverWhatOthersShare) {
  EXPECT_EQ(identity::searched_part("1.2.840.10008.5.1.4.1.1.2"), "");
  EXPECT_EQ(identity::searched_part("1.2.840.113619.2.55"), "1.2.840.113619.2.55")
      << "the whole: its prefix is a root";
  EXPECT_EQ(identity::searched_part("2.25.265167921702543904579733803694101665194"),
            "2.25.265167921702543904579733803694101665194");
  EXPECT_EQ(identity::searched_part("1.2.826.0.1.3680043.9.9999.1.100.1"),
            "1.2.826.0.1.3680043.9.9999.1.100");
}

}  // namespace
