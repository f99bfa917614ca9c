#include "dicom/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bytes_by_hand.h"
#include "dicom/walk.h"

namespace dicom {
namespace {

using namespace by_hand;
using testing::HasSubstr;
using Shape = Element::Shape;

TEST(Reading, FindsTheElementsOfAnExplicitDataSet) {
  const auto file =
      read(part10(brief(0x0008, 0x0060, "CS", "CT") + brief(0x0010, 0x0010, "PN", "Doe^Jane  ") +
                  brief(0x0028, 0x0010, "US", u16(512))));
  ASSERT_TRUE(file.ok()) << file.fault().what;
  const auto& elements = file.value().elements;
  ASSERT_EQ(elements.size(), 3u);
  EXPECT_EQ(text_of(elements, {0x0008, 0x0060}), "CT");
  EXPECT_EQ(text_of(elements, {0x0010, 0x0010}), "Doe^Jane");
  EXPECT_EQ(integer_of(file.value(), {0x0028, 0x0010}), 512);
  EXPECT_EQ(find(elements, {0x0010, 0x0020}), nullptr);
}

TEST(Reading, TakesTheVRFromTheDictionaryWhereItIsImplicit) {
  const auto file =
      read(part10(implicit(0x0008, 0x0060, "CT") + implicit(0x0009, 0x0010, "MAKER ") +
                      implicit(0x0009, 0x1001, "ab") + implicit(0x0010, 0x0000, u32(8)) +
                      implicit(0x0010, 0x0010, "Doe^Jane") + implicit(0x0028, 0x0010, u16(512)),
                  kImplicitVRLittleEndian));
  ASSERT_TRUE(file.ok()) << file.fault().what;
  std::string vrs;
  for (const auto& element : file.value().elements) vrs += element.vr.str() + " ";
  EXPECT_EQ(vrs, "CS LO UN UL PN US ");
  EXPECT_EQ(integer_of(file.value(), {0x0028, 0x0010}), 512);
}

TEST(Reading, ReadsBigEndian) {
  const std::string bytes("\x00\x28\x00\x10US\x00\x02\x02\x00", 10);
  const auto file = read(part10(bytes, kExplicitVRBigEndian));
  ASSERT_TRUE(file.ok()) << file.fault().what;
  EXPECT_EQ(integer_of(file.value(), {0x0028, 0x0010}), 512);
}

TEST(Reading, SaysWhereTheDataSetIs) {
  const auto data_set = brief(0x0008, 0x0060, "CS", "CT");
  const auto bytes = part10(data_set);
  const auto file = read(bytes);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file.value().data_set_size, data_set.size());
  EXPECT_EQ(bytes.substr(file.value().data_set_offset), data_set);
  EXPECT_EQ(file.value().meta.sop_instance_uid, "1.2.3");
  EXPECT_EQ(file.value().meta.transfer_syntax_uid, kExplicitVRLittleEndian);
}

TEST(Reading, LeavesLargeValuesInTheSource) {
  const std::string pixels(kInMemory + 2, 'x');
  const std::string small(kInMemory, 'y');
  const auto bytes = part10(wide(0x0042, 0x0011, "OB", small) + wide(0x7FE0, 0x0010, "OW", pixels));
  const auto file = read(bytes);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file.value().elements[0].shape, Shape::Value);
  EXPECT_EQ(file.value().elements[0].value.size(), kInMemory);
  const auto& large = file.value().elements[1];
  EXPECT_EQ(large.shape, Shape::Extent);
  EXPECT_TRUE(large.value.empty());
  EXPECT_EQ(bytes.substr(large.extents[0].offset, large.extents[0].length), pixels);
}

TEST(Reading, ReadsSequencesOfDefinedAndUndefinedLength) {
  const auto inner = brief(0x0008, 0x0100, "SH", "CODE");
  const auto sequences =
      wide(0x0008, 0x1032, "SQ", item(inner) + open_item(inner)) +
      wide(0x0008, 0x1110, "SQ", item(inner) + open_item(inner) + kSequenceEnd, kUndefined) +
      wide(0x0008, 0x1115, "SQ", "") + wide(0x0008, 0x1140, "SQ", kSequenceEnd, kUndefined);
  const auto file = read(part10(sequences));
  ASSERT_TRUE(file.ok()) << file.fault().what;
  ASSERT_EQ(file.value().elements.size(), 4u);
  for (const std::size_t i : {0u, 1u}) {
    const auto& sequence = file.value().elements[i];
    ASSERT_EQ(sequence.items.size(), 2u);
    EXPECT_EQ(text_of(sequence.items[1].elements, {0x0008, 0x0100}), "CODE");
  }
  EXPECT_TRUE(file.value().elements[2].items.empty());
  EXPECT_TRUE(file.value().elements[3].items.empty());
}

TEST(Reading, ReadsAnUnknownSequenceAsImplicit) {
  const auto inner = implicit(0x0010, 0x0010, "Doe^Jane");
  const auto undefined = wide(0x0009, 0x1001, "UN", open_item(inner) + kSequenceEnd, kUndefined);
  const auto known = wide(0x0008, 0x1110, "UN", item(inner));
  const auto file = read(part10(known + undefined + brief(0x0010, 0x0020, "LO", "7 ")));
  ASSERT_TRUE(file.ok()) << file.fault().what;
  ASSERT_EQ(file.value().elements.size(), 3u);
  for (const std::size_t i : {0u, 1u}) {
    const auto& sequence = file.value().elements[i];
    EXPECT_EQ(sequence.vr, VR("SQ"));
    ASSERT_EQ(sequence.items.size(), 1u);
    EXPECT_EQ(sequence.items[0].elements[0].vr, VR("PN"));
  }
}

TEST(Reading, KeepsUnknownBytesWhichCouldBeAnything) {
  const auto file =
      read(part10(wide(0x0009, 0x1001, "UN", "abcd") + wide(0x0009, 0x1002, "ZZ", "ab")));
  ASSERT_TRUE(file.ok()) << file.fault().what;
  EXPECT_EQ(file.value().elements[0].vr, VR("UN"));
  EXPECT_EQ(file.value().elements[1].vr, VR("ZZ"));
  EXPECT_EQ(file.value().elements[1].value.size(), 2u);
}

const std::string kOffsets = item("");

TEST(Reading, ReadsFragments) {
  const auto bytes =
      part10(wide(0x7FE0, 0x0010, "OB", kOffsets + item("first ") + item("second") + kSequenceEnd,
                  kUndefined) +
                 wide(0xFFFC, 0xFFFC, "OB", std::string(8, '\0')),
             "1.2.840.10008.1.2.4.80");
  const auto file = read(bytes);
  ASSERT_TRUE(file.ok()) << file.fault().what;
  const auto& pixels = file.value().elements[0];
  EXPECT_EQ(pixels.shape, Shape::Encapsulated);
  ASSERT_EQ(pixels.extents.size(), 3u);
  EXPECT_EQ(pixels.extents[0].length, 0u);
  EXPECT_EQ(bytes.substr(pixels.extents[2].offset, pixels.extents[2].length), "second");
}

struct Wrong {
  std::string what;
  std::string data_set;
  std::string reason;
  std::string_view syntax = kExplicitVRLittleEndian;
};
std::ostream& operator<<(std::ostream& out, const Wrong& one) { return out << one.what; }

class Rejecting : public testing::TestWithParam<Wrong> {};

TEST_P(Rejecting, SaysWhy) {
  const auto& one = GetParam();
  EXPECT_THAT(reason(part10(one.data_set, one.syntax)), HasSubstr(one.reason));
}

const std::string kModality = brief(0x0008, 0x0060, "CS", "CT");
const std::string kName = brief(0x0010, 0x0010, "PN", "Doe^Jane");
constexpr std::string_view kJPEGLS = "1.2.840.10008.1.2.4.80";

const Wrong kWrong[] = {
    {"odd length", brief(0x0010, 0x0020, "LO", "abc") + " ", "odd length of (0010,0020)"},
    {"odd 32-bit length", wide(0x0042, 0x0011, "OB", "abc") + " ", "odd length of (0042,0011)"},
    {"twice", kModality + kModality, "tag out of order or twice: (0008,0060)"},
    {"out of order", kName + kModality, "tag out of order or twice: (0008,0060)"},
    {"out of order in an item", wide(0x0008, 0x1110, "SQ", item(kName + kModality)),
     "tag out of order or twice: (0008,0060)"},
    {"past the file's end", wide(0x7FE0, 0x0010, "OW", "abcd", 6),
     "length past the end in (7FE0,0010)"},
    {"far past the file's end", wide(0x7FE0, 0x0010, "OW", "abcd", 0xFFFFFFFE),
     "length past the end"},
    {"past the item's end", wide(0x0008, 0x1110, "SQ", implicit(0xFFFE, 0xE000, kName, 12)) + kName,
     "length past the end"},
    {"item past the sequence's end",
     wide(0x0008, 0x1110, "SQ", implicit(0xFFFE, 0xE000, "", 12)) + kName,
     "length past the end of a sequence"},
    {"sequence past the file's end", wide(0x0008, 0x1110, "SQ", "", 100), "length past the end"},
    {"header cut", kName + "abc", "bytes behind the last element"},
    {"32-bit length cut", kName + std::string("\x42\x00\x11\x00OB\0\0", 8), "length past the end"},
    {"File Meta Information inside", brief(0x0002, 0x0016, "AE", "EVIL"),
     "File Meta Information inside the data set: (0002,0016)"},
    {"File Meta Information behind another element",
     brief(0x0000, 0x0900, "US", u16(0)) + brief(0x0002, 0x0016, "AE", "EVIL"),
     "File Meta Information inside the data set: (0002,0016)"},
    {"File Meta Information in an item",
     wide(0x0008, 0x1110, "SQ", item(brief(0x0002, 0x0016, "AE", "EVIL"))),
     "File Meta Information inside the data set"},
    {"item outside of sequences", item(kName), "item or delimiter astray"},
    {"sequence delimiter outside", kName + kSequenceEnd, "item or delimiter astray"},
    {"item delimiter outside", kName + implicit(0xFFFE, 0xE00D, ""), "delimiter astray"},
    {"item delimiter in an item of defined length",
     wide(0x0008, 0x1110, "SQ", item(kName + implicit(0xFFFE, 0xE00D, ""))), "delimiter astray"},
    {"sequence delimiter in a sequence of defined length",
     wide(0x0008, 0x1110, "SQ", item(kName) + kSequenceEnd), "delimiter astray"},
    {"delimiter with a length",
     wide(0x0008, 0x1110, "SQ", implicit(0xFFFE, 0xE0DD, "abcd"), kUndefined),
     "delimiter with a length"},
    {"sequence without its delimiter", wide(0x0008, 0x1110, "SQ", item(kName), kUndefined),
     "without its delimiter"},
    {"item without its delimiter",
     wide(0x0008, 0x1110, "SQ", implicit(0xFFFE, 0xE000, kName, kUndefined)),
     "without its delimiter"},
    {"element straight in a sequence", wide(0x0008, 0x1110, "SQ", kName),
     "no item where a sequence"},
    {"no VR", tag(0x0010, 0x0010) + u32(8) + "Doe^Jane", "no VR in (0010,0010)"},
    {"undefined length of bytes", wide(0x0042, 0x0011, "OB", "abcd" + kSequenceEnd, kUndefined),
     "undefined length of (0042,0011)"},
    {"fragments in native pixel data",
     wide(0x7FE0, 0x0010, "OB", kOffsets + item("ab") + kSequenceEnd, kUndefined),
     "fragments in native pixel data"},
    {"fragments without an offset table", wide(0x7FE0, 0x0010, "OB", kSequenceEnd, kUndefined),
     "without a Basic Offset Table", kJPEGLS},
    {"fragment of odd length",
     wide(0x7FE0, 0x0010, "OB", kOffsets + item("a") + kSequenceEnd, kUndefined),
     "odd length of a fragment", kJPEGLS},
    {"fragment past the end",
     wide(0x7FE0, 0x0010, "OB", kOffsets + implicit(0xFFFE, 0xE000, "ab", 200), kUndefined),
     "past the end of a fragment", kJPEGLS},
    {"fragments cut", wide(0x7FE0, 0x0010, "OB", kOffsets + item("ab"), kUndefined),
     "length past the end", kJPEGLS},
    {"no fragment where one has to be", wide(0x7FE0, 0x0010, "OB", kOffsets + kName, kUndefined),
     "no item where pixel data", kJPEGLS},
    {"zeros behind the end", kName + std::string(16, '\0'), "no VR"},
    {"zeros behind the end of an implicit one",
     implicit(0x0010, 0x0010, "Doe^Jane") + std::string(16, '\0'), "out of order",
     kImplicitVRLittleEndian},
    {"unknown sequence in big endian",
     std::string("\x00\x09\x10\x01UN\x00\x00\xFF\xFF\xFF\xFF", 12), "sequence in UN",
     kExplicitVRBigEndian},
    {"deflated", "", "deflated", kDeflatedExplicitVRLittleEndian},
};
INSTANTIATE_TEST_SUITE_P(Reading, Rejecting, testing::ValuesIn(kWrong));

std::string nested(unsigned depth) {
  std::string inner;
  for (unsigned i = 0; i < depth; ++i) inner = wide(0x0008, 0x1110, "SQ", item(inner));
  return inner;
}

TEST(Reading, EndsAtTheLimitOfDepth) {
  EXPECT_EQ(reason(part10(nested(64))), "");
  EXPECT_EQ(reason(part10(nested(65))), "sequences nested deeper than 64");
}

TEST(Reading, StopsAtTheLimitHoweverDeepTheBytesGo) {
  std::string deep;
  for (unsigned i = 0; i < 100'000; ++i)
    deep += wide(0x0008, 0x1110, "SQ", implicit(0xFFFE, 0xE000, "", kUndefined), kUndefined);
  EXPECT_EQ(reason(part10(deep)), "sequences nested deeper than 64");
}

TEST(Reading, CountsElementsItemsAndFragments) {
  Limits limits;
  limits.elements = 3;
  EXPECT_EQ(reason(part10(kModality + wide(0x0008, 0x1110, "SQ", item(""))), limits), "");
  EXPECT_EQ(reason(part10(wide(0x0008, 0x1110, "SQ", item("") + item("") + item(""))), limits),
            "too many elements");
  EXPECT_EQ(reason(part10(wide(0x7FE0, 0x0010, "OB", item("") + item("") + item("") + kSequenceEnd,
                               kUndefined),
                          kJPEGLS),
                   limits),
            "too many elements");
}

TEST(Reading, BoundsWhatItHoldsInMemory) {
  Limits limits;
  limits.header_bytes = 9;
  EXPECT_EQ(reason(part10(kName), limits), "");
  EXPECT_EQ(reason(part10(kModality + kName), limits), "too many bytes outside of pixel data");
}

TEST(Reading, RejectsWhatIsNoFile) {
  EXPECT_EQ(reason(""), "not a DICOM file");
  EXPECT_EQ(reason(std::string(132, 'x')), "not a DICOM file");
  EXPECT_EQ(reason(std::string(128, '\0') + "DICM"), "no Transfer Syntax UID");
}

TEST(Reading, RejectsABrokenHead) {
  const std::string start = std::string(128, '\0') + "DICM";
  const auto length = [](unsigned bytes) { return brief(2, 0, "UL", u32(bytes)); };
  const auto syntax = brief(2, 0x10, "UI", kExplicitVRLittleEndian);
  EXPECT_EQ(kExplicitVRLittleEndian.size() % 2, 1u);
  const auto padded = brief(2, 0x10, "UI", std::string(kExplicitVRLittleEndian) + '\0');
  EXPECT_EQ(reason(start + padded + kModality), "");
  EXPECT_EQ(reason(start + length(28) + padded + kModality), "");
  EXPECT_EQ(reason(start + length(30) + padded + kModality),
            "wrong length of the File Meta Information");
  EXPECT_EQ(reason(start + syntax + kModality), "odd length of (0002,0010)");
  EXPECT_EQ(reason(start + padded + padded), "tag out of order or twice: (0002,0010)");
  EXPECT_EQ(reason(start + brief(2, 0x10, "UI", "") + kModality), "no Transfer Syntax UID");
  EXPECT_EQ(reason(start + wide(2, 1, "OB", "", 0xFFFFFFFE)), "length past the end in (0002,0001)");
  EXPECT_EQ(reason(start + tag(2, 1) + u32(2)), "no VR in (0002,0001)");
}

// Whatever is cut off: an answer, never a crash, and never an element that is not whole.
TEST(Reading, SurvivesEveryCut) {
  const auto whole =
      part10(kModality + wide(0x0008, 0x1110, "SQ", open_item(kName) + kSequenceEnd, kUndefined) +
                 wide(0x7FE0, 0x0010, "OB", kOffsets + item("ab") + kSequenceEnd, kUndefined),
             kJPEGLS);
  ASSERT_EQ(reason(whole), "");
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole.size(); ++size)
    accepted += read(whole.substr(0, size)).ok() ? 1 : 0;
  EXPECT_EQ(accepted, 3u);  // before the first, the second and the third element
}

TEST(Reading, SurvivesEveryChangedByte) {
  const auto whole = part10(kModality + wide(0x0008, 0x1110, "SQ", item(kName) + open_item(kName)) +
                            wide(0x7FE0, 0x0010, "OW", "abcd"));
  for (std::size_t at = 132; at < whole.size(); ++at) {
    for (const char value : {'\x00', '\x01', '\x7F', '\xFE', '\xFF'}) {
      auto changed = whole;
      changed[at] = value;
      const auto file = read(changed);
      if (!file.ok()) continue;
      EXPECT_EQ(written(file.value(), changed).size(), written_size(file.value()));
    }
  }
}

TEST(Reading, ReadsADataSetThatHasNoHead) {
  const auto bytes = kModality + kName;
  const auto elements = read_data_set(MemorySource(base::as_bytes(bytes)), 0,
                                      transfer_syntax(kExplicitVRLittleEndian));
  ASSERT_TRUE(elements.ok());
  EXPECT_EQ(elements.value().size(), 2u);
  EXPECT_FALSE(read_data_set(MemorySource(base::as_bytes(bytes)), bytes.size() + 1,
                             transfer_syntax(kExplicitVRLittleEndian))
                   .ok());
}

TEST(TransferSyntax, IsTakenAsExplicitAndEncapsulatedWhereItIsUnknown) {
  EXPECT_FALSE(transfer_syntax(kImplicitVRLittleEndian).explicit_vr);
  EXPECT_TRUE(transfer_syntax(kExplicitVRBigEndian).big_endian);
  EXPECT_FALSE(transfer_syntax(kExplicitVRLittleEndian).encapsulated);
  EXPECT_TRUE(transfer_syntax("1.2.3.4").explicit_vr);
  EXPECT_TRUE(transfer_syntax("1.2.3.4").encapsulated);
}

TEST(UID, HasDigitsAndSingleDots) {
  for (const char* uid : {"1.2.840.10008.1.2", "2.25.334699157545281492229604799751037360693", "1"})
    EXPECT_TRUE(is_valid_uid(uid)) << uid;
  for (const char* uid : {"", ".1", "1.", "1..2", "1.2a", "1.2 ", "1/2"})
    EXPECT_FALSE(is_valid_uid(uid)) << uid;
  EXPECT_TRUE(is_valid_uid(std::string(64, '1')));
  EXPECT_FALSE(is_valid_uid(std::string(65, '1')));
}

TEST(Integer, IsReadFromEveryNumericVR) {
  const auto number = [](std::string_view vr, const std::string& value) {
    const auto file = read(part10(brief(0x0028, 0x0008, vr, value)));
    return integer_of(file.value(), {0x0028, 0x0008});
  };
  EXPECT_EQ(number("US", u16(65535)), 65535);
  EXPECT_EQ(number("SS", u16(65535)), -1);
  EXPECT_EQ(number("UL", u32(0xFFFFFFFF)), 4294967295);
  EXPECT_EQ(number("SL", u32(0xFFFFFFFF)), -1);
  EXPECT_EQ(number("FL", std::string("\x00\x00\x28\x42", 4)), 42);
  EXPECT_EQ(number("FD", std::string("\0\0\0\0\0\0\x45\x40", 8)), 42);
  EXPECT_EQ(number("IS", "+42 "), 42);
  EXPECT_EQ(number("IS", "4x"), std::nullopt);
  EXPECT_EQ(number("US", ""), std::nullopt);
  EXPECT_EQ(number("UL", u16(1)), std::nullopt);
}

}  // namespace
}  // namespace dicom
