// The expected texts are those of PS3.5 Annexes H, I, J and K, which print them with their bytes.
#include "dicom/charset.h"

#include <gtest/gtest.h>

namespace dicom {
namespace {

using Terms = std::vector<std::string>;

struct Case {
  const char* what;
  Terms terms;
  std::string bytes;
  std::string utf8;
};

std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.what; }

class Decoding : public testing::TestWithParam<Case> {};

TEST_P(Decoding, GivesTheTextOfTheStandard) {
  const auto& one = GetParam();
  EXPECT_EQ(to_utf8(one.bytes, one.terms), one.utf8);
}

const Case kCases[] = {
    {"plain", {}, "Smith^John", "Smith^John"},
    {"latin 1",
     {"ISO_IR 100"},
     "\xC4neas^R\xFC"
     "diger",
     "Äneas^Rüdiger"},
    {"latin 1 with a hyphen", {"ISO-IR 100"}, "M\xFCller", "Müller"},
    {"latin 1 with blanks", {"ISO IR 100"}, "M\xFCller", "Müller"},
    {"latin 1 by its extended term alone", {"ISO 2022 IR 100"}, "M\xFCller", "Müller"},
    {"latin 2",
     {"ISO_IR 101"},
     "Wa\xB3\xEA"
     "sa",
     "Wałęsa"},
    {"latin 9", {"ISO_IR 203"}, "\xBDuvre", "œuvre"},
    {"cyrillic", {"ISO_IR 144"}, "\xBB\xEE\xDA\xE1\xD5\xDC\xD1\xE3\xE0\xD3", "Люксембург"},
    {"greek", {"ISO_IR 126"}, "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2", "Διονυσιος"},
    {"arabic", {"ISO_IR 127"}, "\xE2\xC8\xC7\xE6\xEA^\xE4\xE6\xD2\xC7\xD1", "قباني^لنزار"},
    {"hebrew", {"ISO_IR 138"}, "\xF9\xF8\xE5\xEF^\xE3\xE1\xE5\xF8\xE4", "שרון^דבורה"},
    {"thai", {"ISO_IR 166"}, "\xB9\xD2\xC2", "นาย"},
    {"utf-8", {"ISO_IR 192"}, "Wang^XiaoDong=王^小東", "Wang^XiaoDong=王^小東"},
    {"utf-8 named as people name it", {"UTF-8"}, "Müller", "Müller"},
    {"gb18030", {"GB18030"}, "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB", "Wang^XiaoDong=王^小东"},
    {"gbk", {"GBK"}, "\xCD\xF5^\xD0\xA1\xB6\xAB", "王^小东"},
    {"japanese in kanji and kana",
     {"", "ISO 2022 IR 87"},
     "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B",
     "Yamada^Tarou=山田^太郎=やまだ^たろう"},
    {"japanese half-width",
     {"ISO 2022 IR 13", "ISO 2022 IR 87"},
     "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^\x1B$B$?$"
     "m$&\x1B(J",
     "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
    {"japanese supplementary kanji", {"", "ISO 2022 IR 159"}, "\x1B$(D\x30\x21\x1B(B", "丂"},
    {"korean",
     {"", "ISO 2022 IR 149"},
     "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF",
     "Hong^Gildong=洪^吉洞=홍^길동"},
    {"korean that says its escape only once",
     {"ISO 2022 IR 149"},
     "\xFB\xF3^\xD1\xCE\xD4\xD7",
     "洪^吉洞"},
    {"chinese with code extensions",
     {"", "ISO 2022 IR 58"},
     "Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB=",
     "Zhang^XiaoDong=张^小东="},
    {"latin 1 and greek",
     {"ISO 2022 IR 100", "ISO 2022 IR 126"},
     "M\xFCller\\\x1B-F\xC4\xE9\\\xFC",
     "Müller\\Δι\\ü"},
};
INSTANTIATE_TEST_SUITE_P(Charset, Decoding, testing::ValuesIn(kCases));

TEST(Charset, GivesUpOnWhatItCannotDecode) {
  EXPECT_EQ(to_utf8("M\xFCller", {}), std::nullopt);
  EXPECT_EQ(to_utf8("M\xFCller", {"ISO_IR 192"}), std::nullopt);
  EXPECT_EQ(to_utf8("M\xFCller", {"ISO_IR 999"}), std::nullopt);
  EXPECT_EQ(to_utf8("M\xFCller", {"KLINGON"}), std::nullopt);
  EXPECT_EQ(to_utf8("\x1B(Zabc", {"ISO_IR 100"}), std::nullopt);
  EXPECT_EQ(to_utf8("\x1B$B;", {"", "ISO 2022 IR 87"}), std::nullopt);
  EXPECT_EQ(to_utf8("\xB0", {"", "ISO 2022 IR 149"}), std::nullopt);
  EXPECT_EQ(to_utf8("\x1B", {"", "ISO 2022 IR 149"}), std::nullopt);
}

TEST(Charset, ReadsPlainTextWhateverTheTermSays) {
  EXPECT_EQ(to_utf8("Smith", {"KLINGON"}), "Smith");
  EXPECT_EQ(to_utf8("", {"KLINGON"}), "");
}

TEST(Charset, TermsAreSplitAtBackslashesOnly) {
  EXPECT_EQ(character_set_terms("ISO_IR 100"), Terms{"ISO_IR 100"});
  EXPECT_EQ(character_set_terms("\\ISO 2022 IR 87 "), (Terms{"", "ISO 2022 IR 87"}));
  EXPECT_EQ(character_set_terms("ISO 2022 IR 13\\ ISO 2022 IR 87"),
            (Terms{"ISO 2022 IR 13", "ISO 2022 IR 87"}));
  EXPECT_EQ(character_set_terms(""), Terms{});
  EXPECT_EQ(character_set_terms("  "), Terms{});
}

TEST_P(Decoding, IsUndoneByteForByteOrReadsTheSame) {
  const auto& one = GetParam();
  const auto bytes = from_utf8(one.utf8, one.terms);
  const bool escapes = one.bytes.find('\x1B') != std::string::npos;
  EXPECT_TRUE(bytes.has_value() || escapes) << one.what;
  EXPECT_EQ(bytes ? to_utf8(*bytes, one.terms) : one.utf8, one.utf8);
}

TEST(Charset, WritesEachValueInTheFirstSetsAgain) {
  const Terms japanese{"", "ISO 2022 IR 87"};
  EXPECT_EQ(from_utf8("胸部CT", japanese), "\x1B$B\x36\x3B\x49\x74\x1B(BCT");
  EXPECT_EQ(from_utf8("胸\r\n部", japanese), "\x1B$B\x36\x3B\x1B(B\r\n\x1B$B\x49\x74\x1B(B");
  EXPECT_EQ(from_utf8("ﾔﾏ胸", {"ISO 2022 IR 13", "ISO 2022 IR 87"}),
            "\xD4\xCF\x1B$B\x36\x3B\x1B(J");
  EXPECT_EQ(from_utf8("김", {"", "ISO 2022 IR 149"}), "\x1B$)C\xB1\xE8");
  EXPECT_EQ(from_utf8("é", {"ISO_IR 100"}), "\xE9");
  EXPECT_EQ(from_utf8("王", {"GB18030"}), "\xCD\xF5");
}

TEST(Charset, WritesNothingThatItsSetsCannotHold) {
  EXPECT_EQ(from_utf8("胸", {"ISO_IR 100"}), std::nullopt);
  EXPECT_EQ(from_utf8("é", {}), std::nullopt);
  EXPECT_EQ(from_utf8("é", {"KLINGON"}), std::nullopt);
  EXPECT_EQ(from_utf8("\xFF", {"ISO_IR 192"}), std::nullopt);
  EXPECT_EQ(from_utf8("plain", {"KLINGON"}), "plain");
}

TEST(Charset, ForgetsWhatAnEarlierTextLeftBehind) {
  EXPECT_EQ(to_utf8("\x1B$B;", {"", "ISO 2022 IR 87"}), std::nullopt);
  EXPECT_EQ(to_utf8("\x1B$B;3\x1B(B", {"", "ISO 2022 IR 87"}), "山");
}

}  // namespace
}  // namespace dicom
