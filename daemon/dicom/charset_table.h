// The character sets of PS3.3 Tables C.12-2 to C.12-5, and what iconv calls them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dicom::charset {

inline constexpr char kEscape = '\x1B';

// One set of characters that a term or an escape sequence brings into use. `high`: in the upper
// half of the bytes (G1); otherwise the lower half (G0).
struct CharacterSet {
  int registration;         // ISO-IR number
  const char* converter;    // of iconv; the bytes are given to it with `fill` set
  std::string_view escape;  // behind ESC (PS3.3 Tables C.12-3 and C.12-4)
  bool high;
  std::size_t width;  // bytes of a character
};

inline constexpr CharacterSet kSets[] = {
    {6, "US-ASCII", "(B", false, 1},    {14, "US-ASCII", "(J", false, 1},
    {13, "EUC-JP", ")I", true, 1},      {87, "EUC-JP", "$B", false, 2},
    {87, "EUC-JP", "$@", false, 2},     {159, "EUC-JP", "$(D", false, 2},
    {149, "EUC-KR", "$)C", true, 2},    {58, "GB2312", "$)A", true, 2},
    {100, "ISO-8859-1", "-A", true, 1}, {101, "ISO-8859-2", "-B", true, 1},
    {109, "ISO-8859-3", "-C", true, 1}, {110, "ISO-8859-4", "-D", true, 1},
    {144, "ISO-8859-5", "-L", true, 1}, {127, "ISO-8859-6", "-G", true, 1},
    {126, "ISO-8859-7", "-F", true, 1}, {138, "ISO-8859-8", "-H", true, 1},
    {148, "ISO-8859-9", "-M", true, 1}, {203, "ISO-8859-15", "-b", true, 1},
    {166, "TIS-620", "-T", true, 1},
};
// Terms that stand alone, without code extensions.
struct WholeCharacterSet {
  std::string_view term;
  const char* converter;
};
inline constexpr WholeCharacterSet kWhole[] = {{"ISOIR192", "UTF-8"},
                                               {"UTF8", "UTF-8"},
                                               {"GB18030", "GB18030"},
                                               {"GBK", "GBK"},
                                               {"GB2312", "GB2312"}};

// "ISO_IR 100", "ISO-IR 100", "ISO 2022 IR 100" and their like become "ISOIR100", "ISO2022IR100".
std::string plain_term(std::string_view term);
const CharacterSet* by_registration(int number);
const CharacterSet* by_term(std::string_view plain_term);
const char* whole_converter(std::string_view plain_term);

}  // namespace dicom::charset
