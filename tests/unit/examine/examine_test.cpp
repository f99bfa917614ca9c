#include "examine/examine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/uids.h"
#include "dicom/write.h"
#include "examine/values.h"

namespace examine {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;
using testing::ElementsAre;
using testing::IsEmpty;

using Texts = std::vector<std::string>;

Element value(Tag tag, VR vr, std::string_view text) {
  return {tag, vr, Element::Shape::Value, base::to_bytes(base::as_bytes(text)), {}, {}};
}
Element sequence(Tag tag, std::vector<dicom::Item> items) {
  return {tag, "SQ", Element::Shape::Sequence, {}, {}, std::move(items)};
}

constexpr const char* kClass = "1.2.840.10008.5.1.4.1.1.2";

// The smallest instance that is accepted; `more` goes where its tags belong.
dicom::File instance(std::vector<Element> more = {}) {
  dicom::File file;
  file.meta = {kClass, "1.2.3", std::string(dicom::kExplicitVRLittleEndian), "CT01", "COURIER"};
  file.syntax = dicom::transfer_syntax(file.meta.transfer_syntax_uid);
  file.elements = {value({0x0008, 0x0016}, "UI", kClass), value({0x0008, 0x0018}, "UI", "1.2.3"),
                   value({0x0008, 0x0060}, "CS", "CT"), value({0x0020, 0x000D}, "UI", "1.2"),
                   value({0x0020, 0x000E}, "UI", "1.2.1")};
  for (auto& element : more) {
    auto* old = dicom::find(file.elements, element.tag);
    if (old)
      *old = std::move(element);
    else
      file.elements.push_back(std::move(element));
  }
  std::ranges::sort(file.elements, {}, &Element::tag);
  return file;
}

base::Bytes bytes_of(const dicom::File& file) {
  dicom::MemorySink sink;
  EXPECT_TRUE(dicom::write_file(file, dicom::MemorySource({}), sink).ok());
  return sink.take();
}

base::Result<jobs::Facts> facts_of(const dicom::File& file, const Texts& paths = {}) {
  const auto bytes = bytes_of(file);
  return examine(dicom::MemorySource(bytes), paths);
}
std::string refusal(const dicom::File& file) {
  const auto facts = facts_of(file);
  return facts.ok() ? "" : facts.fault().what;
}

TEST(Examining, ReportsWhoAndWhat) {
  const auto facts = facts_of(
      instance({value({0x0010, 0x0010}, "PN", "Doe^Jane"), value({0x0010, 0x0020}, "LO", " MRN-1 "),
                value({0x0010, 0x0021}, "LO", "HOSP"), value({0x0010, 0x0030}, "DA", "19700102")}));
  ASSERT_TRUE(facts.ok()) << facts.fault().what;
  const auto& one = facts.value();
  EXPECT_EQ(one.sop_class_uid, kClass);
  EXPECT_EQ(one.sop_instance_uid, "1.2.3");
  EXPECT_EQ(one.study_instance_uid, "1.2");
  EXPECT_EQ(one.series_instance_uid, "1.2.1");
  EXPECT_EQ(one.transfer_syntax_uid, dicom::kExplicitVRLittleEndian);
  EXPECT_EQ(one.modality, "CT");
  EXPECT_EQ(one.patient_name, "Doe^Jane");
  EXPECT_EQ(one.patient_id, "MRN-1");
  EXPECT_EQ(one.issuer_of_patient_id, "HOSP");
  EXPECT_EQ(one.patient_birth_date, "19700102");
  EXPECT_EQ(one.calling_ae_title, "CT01");
  EXPECT_EQ(one.called_ae_title, "COURIER");
  EXPECT_GT(one.data_set_size, 0u);
  EXPECT_FALSE(one.identifiers.reveal().empty());
}

TEST(Examining, RefusesAnInstanceWithoutItsUIDs) {
  EXPECT_EQ(refusal(instance()), "");
  EXPECT_EQ(refusal(instance({value({0x0008, 0x0016}, "UI", "")})), "no SOP Class UID");
  EXPECT_EQ(refusal(instance({value({0x0008, 0x0018}, "UI", "")})), "no SOP Instance UID");
  EXPECT_EQ(refusal(instance({value({0x0020, 0x000D}, "UI", "")})), "no Study Instance UID");
  EXPECT_EQ(refusal(instance({value({0x0020, 0x000E}, "UI", "")})), "no Series Instance UID");
}

TEST(Examining, RefusesWhatIsNoUIDWithoutRepeatingIt) {
  EXPECT_EQ(refusal(instance({value({0x0020, 0x000D}, "UI", "../../etc")})),
            "Study Instance UID is not a UID");
  EXPECT_EQ(refusal(instance({value({0x0020, 0x000E}, "UI", "1.2\\1.3")})),
            "Series Instance UID is not a UID");
}

TEST(Examining, RefusesAnInstanceThatTheCommandCalledOtherwise) {
  auto other = instance();
  other.meta.sop_instance_uid = "1.2.4";
  EXPECT_EQ(refusal(other), "SOP Instance UID differs between command and data set");
  other = instance();
  other.meta.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
  EXPECT_EQ(refusal(other), "SOP Class UID differs between command and data set");
}

TEST(Examining, ReportsThePathsAskedForThatArePresent) {
  const auto facts = facts_of(
      instance({value({0x0008, 0x1030}, "LO", "KNEE LEFT"), value({0x0010, 0x4000}, "LT", "")}),
      {"00081030", "00104000", "00080080"});
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts.value().attributes,
            (std::map<std::string, Texts>{{"00081030", {"KNEE LEFT"}}, {"00104000", {}}}));
  EXPECT_THAT(facts.value().undecodable, IsEmpty());
}

TEST(Examining, NamesThePathsThatItCannotDecode) {
  const auto facts = facts_of(instance({value({0x0008, 0x1030}, "LO",
                                              "KN\xC4"
                                              "E")}),
                              {"00081030", "00080060"});
  ASSERT_TRUE(facts.ok());
  EXPECT_THAT(facts.value().undecodable, ElementsAre("00081030"));
  EXPECT_THAT(facts.value().attributes.at("00080060"), ElementsAre("CT"));
}

TEST(Examining, TellsPatientsApartEvenIfTheyCannotBeDecoded) {
  const auto facts = facts_of(instance({value({0x0010, 0x0020}, "LO",
                                              "\xC4"
                                              "1")}));
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts.value().patient_id,
            "\u00C4"
            "1");
}

TEST(Values, AreSplitAndTrimmed) {
  const auto file = instance({value({0x0008, 0x0008}, "CS", "ORIGINAL\\ PRIMARY \\AXIAL"),
                              value({0x0008, 0x0090}, "PN", "Okafor^Ada=\xE6\xBC\xA2 "),
                              value({0x0008, 0x0005}, "CS", "ISO_IR 192"),
                              value({0x0010, 0x4000}, "LT", "  a\\b ")});
  EXPECT_THAT(values_at(file, "00080008").texts, ElementsAre("ORIGINAL", "PRIMARY", "AXIAL"));
  EXPECT_THAT(values_at(file, "00080090").texts, ElementsAre("Okafor^Ada=漢"));
  EXPECT_THAT(values_at(file, "00104000").texts, ElementsAre("  a\\b"));
}

TEST(Values, OfNumbersAreDecimal) {
  const auto file = instance({value({0x0028, 0x0010}, "US", {"\x00\x02\xFF\xFF", 4}),
                              value({0x0028, 0x0106}, "SS", {"\xFF\xFF", 2}),
                              value({0x0018, 0x9073}, "FD", {"\0\0\0\0\0\0\xF8\x3F", 8}),
                              value({0x0028, 0x0009}, "AT", {"\x18\x00\x63\x10", 4}),
                              value({0x0042, 0x0011}, "OB", "ab")});
  EXPECT_THAT(values_at(file, "00280010").texts, ElementsAre("512", "65535"));
  EXPECT_THAT(values_at(file, "00280106").texts, ElementsAre("-1"));
  EXPECT_THAT(values_at(file, "00189073").texts, ElementsAre("1.5"));
  EXPECT_THAT(values_at(file, "00280009").texts, ElementsAre("00181063"));
  EXPECT_TRUE(values_at(file, "00420011").present);
  EXPECT_THAT(values_at(file, "00420011").texts, IsEmpty());
}

TEST(Values, AreFoundInAnyItem) {
  const dicom::Item left{{value({0x0040, 0x0009}, "SH", "STEP-1")}};
  const dicom::Item right{{value({0x0040, 0x0009}, "SH", "STEP-2")}};
  const auto file = instance({sequence({0x0040, 0x0275}, {left, right, left, {}})});
  EXPECT_THAT(values_at(file, "00400275>00400009").texts, ElementsAre("STEP-1", "STEP-2"));
  EXPECT_TRUE(values_at(file, "00400275").present);
  EXPECT_THAT(values_at(file, "00400275").texts, IsEmpty());
  EXPECT_FALSE(values_at(file, "00400275>00400007").present);
  EXPECT_FALSE(values_at(file, "00080060>00400007").present);
  EXPECT_FALSE(values_at(file, "nonsense").present);
}

TEST(Values, AreDecodedByTheCharacterSetOfTheirItem) {
  const dicom::Item own{
      {value({0x0008, 0x0005}, "CS", "ISO_IR 144"), value({0x0040, 0x0007}, "LO", "\xBB\xEE")}};
  const dicom::Item inherited{{value({0x0040, 0x0007}, "LO", "\xC4")}};
  const auto file = instance(
      {value({0x0008, 0x0005}, "CS", "ISO_IR 100"), sequence({0x0040, 0x0275}, {own, inherited})});
  EXPECT_THAT(values_at(file, "00400275>00400007").texts, ElementsAre("Лю", "Ä"));
}

TEST(Values, InUnknownBytesAreReadByTheDictionary) {
  const auto file = instance(
      {value({0x0008, 0x1030}, "UN", "KNEE"), value({0x0028, 0x0010}, "UN", {"\x00\x02", 2})});
  EXPECT_THAT(values_at(file, "00081030").texts, ElementsAre("KNEE"));
  EXPECT_THAT(values_at(file, "00280010").texts, ElementsAre("512"));
}

TEST(Values, ThatAreTooManyCannotBeCompared) {
  std::string many;
  for (std::size_t i = 0; i <= kMostValues; ++i) many += "A\\";
  const auto values = values_at(instance({value({0x0008, 0x0008}, "CS", many)}), "00080008");
  EXPECT_TRUE(values.present);
  EXPECT_FALSE(values.decodable);
  EXPECT_THAT(values.texts, IsEmpty());
}

TEST(Values, OfATextThatStayedInTheSourceCannotBeCompared) {
  auto file = instance();
  file.elements.push_back({{0x0040, 0xA160}, "UT", Element::Shape::Extent, {}, {{0, 70'000}}, {}});
  EXPECT_FALSE(values_at(file, "0040A160").decodable);
}

}  // namespace
}  // namespace examine
