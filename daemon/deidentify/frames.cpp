// The heads of compressed frames: up to the first scan, every marker segment must be one that
// cannot speak of anybody.
#include <algorithm>

#include "deidentify/classify.h"

namespace deidentify {
namespace {

using Reason = std::optional<std::string>;

enum class Family { Unknown, Plain, Jpeg, Jpeg2000 };

constexpr std::uint64_t kLongestHead = 1 << 20;
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kComment = 0xFE;
constexpr std::uint8_t kComment2000 = 0x64;
constexpr std::uint8_t kStartOfTilePart = 0x90;

Family family_of(std::string_view transfer_syntax) {
  constexpr std::string_view kRoot = "1.2.840.10008.1.2.";
  if (!transfer_syntax.starts_with(kRoot)) return Family::Unknown;
  const auto rest = transfer_syntax.substr(kRoot.size());
  const auto is = [&](std::initializer_list<const char*> list) {
    return std::find(list.begin(), list.end(), rest) != list.end();
  };
  if (is({"5", "1.98"})) return Family::Plain;  // RLE has no place for text
  if (is({"4.50", "4.51", "4.57", "4.70", "4.80", "4.81"})) return Family::Jpeg;
  if (is({"4.90", "4.91", "4.92", "4.93", "4.201", "4.202", "4.203"})) return Family::Jpeg2000;
  return Family::Unknown;
}

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

bool is_harmless_application(std::uint8_t marker, std::string_view content) {
  if (marker == 0xE0) return content.starts_with("JFIF") && content.size() == 14;
  if (marker == 0xEE) return content.starts_with("Adobe") && content.size() <= 12;
  return marker == 0xE8 && content.starts_with("mrfx") && content.size() <= 5;
}

bool is_harmless(Family family, std::uint8_t marker, std::string_view content) {
  if (family == Family::Jpeg2000) {
    if (marker != kComment2000) return true;
    return content.size() >= 2 && is_encoder_mark(content.substr(2));
  }
  if (marker == kComment) return is_encoder_mark(content);
  return marker < 0xE0 || marker > 0xEF || is_harmless_application(marker, content);
}

enum class Walk { Harmless, Suspect, Cut };

// From the start of image to the first scan or tile part.
Walk walk_head(Family family, base::ByteView head) {
  const auto last = family == Family::Jpeg ? kStartOfScan : kStartOfTilePart;
  for (std::size_t at = 2; at + 4 <= head.size();) {
    if (head[at] != 0xFF) return Walk::Suspect;
    if (head[at + 1] == 0xFF) {
      ++at;  // fill
      continue;
    }
    const auto marker = head[at + 1];
    if (marker == last) return Walk::Harmless;
    const std::size_t length = static_cast<std::size_t>(head[at + 2]) << 8 | head[at + 3];
    if (length < 2) return Walk::Suspect;
    if (at + 2 + length > head.size()) return Walk::Cut;
    if (!is_harmless(family, marker, base::as_text(head.subspan(at + 4, length - 2))))
      return Walk::Suspect;
    at += 2 + length;
  }
  return Walk::Cut;
}

bool begins_frame(Family family, base::ByteView head) {
  if (head.size() < 2 || head[0] != 0xFF) return false;
  return family == Family::Jpeg ? head[1] == 0xD8 : head[1] == 0x4F;
}

base::Result<Reason> suspect_fragment(Family family, const dicom::Extent& fragment,
                                      const dicom::Source& source, bool first) {
  for (std::uint64_t take = 4096;; take = kLongestHead) {
    base::Bytes head(std::min(take, fragment.length));
    TRY(source.read(fragment.offset, head));
    if (!begins_frame(family, head))  // goes on with a frame begun before
      return first ? Reason("compressed pixel data of an unknown form") : Reason();
    const auto walked = walk_head(family, head);
    if (walked == Walk::Harmless) return Reason();
    const bool whole = head.size() == fragment.length || take == kLongestHead;
    if (walked == Walk::Suspect || whole)
      return Reason("compressed pixel data carry comment or application segments");
  }
}

}  // namespace

base::Result<std::optional<std::string>> suspect_frames(const dicom::File& original,
                                                        const dicom::Source& source) {
  const auto* pixels = dicom::find(original.elements, {0x7FE0, 0x0010});
  if (!pixels) return Reason();
  if (pixels->shape != dicom::Element::Shape::Encapsulated)
    return original.syntax.encapsulated ? Reason("compressed pixel data that are not in fragments")
                                        : Reason();
  const auto family = family_of(original.syntax.uid);
  if (family == Family::Unknown) return Reason("compressed pixel data of an unknown form");
  if (family == Family::Plain) return Reason();
  for (std::size_t i = 1; i < pixels->extents.size(); ++i) {
    const auto reason = TRY(suspect_fragment(family, pixels->extents[i], source, i == 1));
    if (reason) return reason;
  }
  return Reason();
}

}  // namespace deidentify
