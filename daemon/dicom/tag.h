// Tag and VR: the two words that every data element begins with (PS3.5 section 7.1).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dicom {

struct Tag {
  std::uint16_t group = 0;
  std::uint16_t element = 0;
  friend constexpr auto operator<=>(const Tag&, const Tag&) = default;
  constexpr bool is_private() const { return (group & 1) != 0; }
  constexpr bool is_private_creator() const {
    return is_private() && element >= 0x10 && element <= 0xFF;
  }
};

// Two letters, kept as they stand in the stream; VR("PN") == vr is a compile-time comparison.
struct VR {
  char letters[2] = {'U', 'N'};
  constexpr VR() = default;
  constexpr VR(const char (&text)[3]) : letters{text[0], text[1]} {}  // NOLINT: implicit
  friend constexpr bool operator==(const VR&, const VR&) = default;
  std::string str() const { return {letters[0], letters[1]}; }
};

std::string to_string(Tag tag);                       // "(0010,0020)"
std::optional<Tag> parse_tag(std::string_view text);  // "(gggg,eeee)", "gggg,eeee" or "ggggeeee"

// PS3.6, generated at build time from the dictionary that Debian's DCMTK installs.
struct DictionaryEntry {
  Tag tag;
  VR vr;  // of several, the first ("US or SS" is US)
  std::string_view keyword;
};
const DictionaryEntry* find_entry(
    Tag tag);  // even groups; repeating groups 50xx, 60xx too; nullptr: unknown
const DictionaryEntry* find_entry(std::string_view keyword);  // exact spelling
std::string_view nearest_keyword(
    std::string_view misspelt);  // for "did you mean"; empty when nothing is near

}  // namespace dicom
