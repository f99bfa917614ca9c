// The marker segments of compressed frames: which describe pixels, which speak of something else.
#pragma once

#include <cstdint>
#include <string_view>

namespace deidentify {

enum class Family { Unknown, Rle, Native, Jpeg, JpegLs, Jpeg2000 };

Family family_of(std::string_view transfer_syntax);

enum class Segment {
  Keep,       // describes pixels, or says nothing of anybody
  Cut,        // a comment, or what an application put there
  Thumbnail,  // JFIF with a second picture: the head of 14 bytes stays
  Unknown,    // not one of this family
};

// `content` may be cut off after kSegmentHead bytes; `length` is what the segment says.
inline constexpr std::size_t kSegmentHead = 128;
Segment judge_segment(Family family, std::uint8_t marker, std::string_view content,
                      std::size_t length);

}  // namespace deidentify
