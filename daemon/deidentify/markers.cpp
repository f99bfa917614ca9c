#include "deidentify/markers.h"

#include <algorithm>

namespace deidentify {
namespace {

constexpr std::uint8_t kComment = 0xFE;
constexpr std::uint8_t kComment2000 = 0x64;
constexpr std::size_t kJfif = 14;
constexpr std::size_t kAdobe = 12;

// What encoders write of themselves.
bool is_encoder_mark(std::string_view text) {
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  constexpr std::string_view kVersions = "0123456789.v";
  for (const std::string_view encoder :
       {"Created by OpenJPEG version ", "Created by GDCM/OpenJPEG version ", "Kakadu-",
        "LEAD Technologies Inc. V"}) {
    if (text.starts_with(encoder) && text.size() <= encoder.size() + 12)
      return text.find_first_not_of(kVersions, encoder.size()) == std::string_view::npos;
  }
  return false;
}

// JFIF, Adobe and HP's mrfx say how colours are to be read: without them others would be seen.
Segment judge_application(std::uint8_t marker, std::string_view content, std::size_t length) {
  if (marker == 0xE0 && content.starts_with(std::string_view("JFIF\0", 5)) && length >= kJfif)
    return length == kJfif ? Segment::Keep : Segment::Thumbnail;
  if (marker == 0xEE && content.starts_with("Adobe"))
    return length == kAdobe ? Segment::Keep : Segment::Unknown;
  if (marker == 0xE8 && content.starts_with("mrfx"))
    return length <= 5 ? Segment::Keep : Segment::Unknown;
  return Segment::Cut;
}

// Start of frame, tables, scans and lines; LSE and SOF55 are of JPEG-LS alone.
bool is_of_pixels(Family family, std::uint8_t marker) {
  if (family == Family::JpegLs && (marker == 0xF7 || marker == 0xF8)) return true;
  const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC8;
  return frame || (marker >= 0xDA && marker <= 0xDD);
}

Segment judge_2000(std::uint8_t marker, std::string_view content, std::size_t length) {
  if (marker == kComment2000) {
    const bool mark = length >= 2 && length <= content.size() && is_encoder_mark(content.substr(2));
    return mark ? Segment::Keep : Segment::Cut;
  }
  // SIZ to CRG; those of Part 2.
  const bool part_1 = marker >= 0x50 && marker <= 0x63;
  const bool part_2 = marker >= 0x70 && marker <= 0x79;
  return part_1 || part_2 ? Segment::Keep : Segment::Unknown;
}

}  // namespace

Family family_of(std::string_view transfer_syntax) {
  constexpr std::string_view kRoot = "1.2.840.10008.1.2.";
  if (!transfer_syntax.starts_with(kRoot)) return Family::Unknown;
  const auto rest = transfer_syntax.substr(kRoot.size());
  const auto is = [&](std::initializer_list<const char*> list) {
    return std::find(list.begin(), list.end(), rest) != list.end();
  };
  if (rest == "5") return Family::Rle;
  if (rest == "1.98") return Family::Native;
  if (is({"4.50", "4.51", "4.57", "4.70"})) return Family::Jpeg;
  if (is({"4.80", "4.81"})) return Family::JpegLs;
  if (is({"4.90", "4.91", "4.92", "4.93", "4.201", "4.202", "4.203"})) return Family::Jpeg2000;
  return Family::Unknown;
}

Segment judge_segment(Family family, std::uint8_t marker, std::string_view content,
                      std::size_t length) {
  if (family == Family::Jpeg2000) return judge_2000(marker, content, length);
  if (marker == kComment)
    return length <= content.size() && is_encoder_mark(content) ? Segment::Keep : Segment::Cut;
  if (marker >= 0xE0 && marker <= 0xEF) return judge_application(marker, content, length);
  return is_of_pixels(family, marker) ? Segment::Keep : Segment::Unknown;
}

}  // namespace deidentify
