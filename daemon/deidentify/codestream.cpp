#include "deidentify/codestream.h"

#include <algorithm>
#include <cstring>

namespace deidentify {
namespace {

constexpr std::uint16_t kSOI = 0xFFD8;
constexpr std::uint16_t kEOI = 0xFFD9;  // EOC of JPEG 2000 too
constexpr std::uint16_t kSOS = 0xFFDA;
constexpr std::uint16_t kSOC = 0xFF4F;
constexpr std::uint16_t kSOT = 0xFF90;
constexpr std::uint16_t kSOD = 0xFF93;
constexpr std::size_t kStep = 4096;
constexpr std::size_t kJfifHead = 14;
constexpr std::size_t kMostEdits = 10'000;  // in one frame

const base::Bytes kNoThumbnail = {0, 0};

void cut(Frame& frame, std::uint64_t at, std::uint64_t length) {
  auto& edits = frame.edits;
  const bool joins =
      !edits.empty() && !edits.back().zeros && edits.back().at + edits.back().length == at;
  if (joins && edits.back().instead.empty())
    edits.back().length += length;
  else
    edits.push_back({at, length, {}, false});
}

// The segment's length and, at its end, the thumbnail's.
void cut_thumbnail(Frame& frame, std::uint64_t at, std::uint64_t length) {
  frame.edits.push_back({at + 2, 2, {0, kJfifHead + 2}, false});
  frame.edits.push_back({at + 4 + kJfifHead - 2, 2 + length - kJfifHead, kNoThumbnail, false});
}

}  // namespace

bool Codestream::begins_fragment(std::uint64_t at) const {
  return std::binary_search(starts_->begin(), starts_->end(), at);
}

base::Result<std::uint16_t> Codestream::marker(std::uint64_t at) {
  const auto* two = TRY(window_.at(at, 2));
  return static_cast<std::uint16_t>(two[0] << 8 | two[1]);
}

base::Result<bool> Codestream::begins_image(std::uint64_t at) {
  if (end_ - at < 2) return false;
  return TRY(marker(at)) == (is_2000() ? kSOC : kSOI);
}

// JPEG stuffs a zero, JPEG-LS a bit, JPEG 2000 makes nothing above 8F.
bool Codestream::is_marker_byte(std::uint8_t second) const {
  if (is_2000()) return second > 0x8F;
  if (second >= 0xD0 && second <= 0xD7) return false;  // restarts are of the scan
  return family_ == Family::JpegLs ? second >= 0x80 && second != 0xFF
                                   : second != 0 && second != 0xFF;
}

base::Result<Frame> Codestream::walk(std::uint64_t begin) {
  Frame frame;
  in_image_ = false;
  if (!TRY(begins_image(begin))) {
    frame.reason = "compressed pixel data of an unknown form";
    return frame;
  }
  for (auto at = begin + 2;;) {
    const auto where = TRY(next(at, frame));
    if (frame.end != 0) return frame;
    if (!where || *where <= at || frame.edits.size() > kMostEdits) {
      frame.reason = "compressed pixel data that are damaged or of an unknown form";
      return frame;
    }
    at = *where;
  }
}

// One segment with what follows it, up to the next marker. Sets the frame's end at the end of the
// image, which may be missing.
base::Result<Codestream::Position> Codestream::next(std::uint64_t from, Frame& frame) {
  const auto skipped = TRY(skip_fill(from));
  if (!skipped) return skipped;
  const auto at = *skipped;
  const bool over = end_ - at < 2 || (begins_fragment(at) && TRY(begins_image(at)));
  if (over && in_image_) {
    frame.end = at;
    return Position(at);
  }
  if (over) return Position();
  const auto code = TRY(marker(at));
  if (code == kEOI) {
    frame.end = at + 2;
    return Position(at);
  }
  if (is_2000() && code == kSOT) return tile_part(at, frame);
  if (is_2000() && in_image_) return Position();
  const auto behind = TRY(segment(at, frame, false));
  if (!behind || code != kSOS || is_2000()) return behind;
  return scan(*behind);
}

// Any number of FF may stand before a marker.
base::Result<Codestream::Position> Codestream::skip_fill(std::uint64_t at) {
  while (end_ - at >= 2) {
    const auto code = TRY(marker(at));
    if (code != 0xFFFF) return code >> 8 == 0xFF ? Position(at) : Position();
    ++at;
  }
  return Position(at);
}

// Where the segment ends.
base::Result<Codestream::Position> Codestream::segment(std::uint64_t at, Frame& frame,
                                                       bool in_tile) {
  if (end_ - at < 4) return Position();
  const auto* head = TRY(window_.at(at, 4));
  const auto code = head[1];
  const auto said = static_cast<std::size_t>(head[2] << 8 | head[3]);
  if (head[0] != 0xFF || said < 2 || said > end_ - at - 2) return Position();
  const auto length = said - 2;
  const auto shown = std::min(length, kSegmentHead);
  const std::string content(reinterpret_cast<const char*>(TRY(window_.at(at + 4, shown))), shown);
  const auto verdict = judge_segment(family_, code, content, length);
  if (verdict == Segment::Unknown) return Position();
  if (verdict == Segment::Thumbnail) cut_thumbnail(frame, at, length);
  // Lengths elsewhere (SOT, TLM) count what stands in a tile-part.
  if (verdict == Segment::Cut && in_tile) frame.edits.push_back({at + 4, length, {}, true});
  if (verdict == Segment::Cut && !in_tile) cut(frame, at, 2 + said);
  return Position(at + 2 + said);
}

// Entropy-coded data: where the next marker stands, or where all ends.
base::Result<Codestream::Position> Codestream::scan(std::uint64_t at) {
  in_image_ = true;
  while (end_ - at >= 2) {
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(kStep, end_ - at));
    const auto* bytes = TRY(window_.at(at, take));
    std::size_t i = 0;
    while (i + 1 < take) {
      const auto* found = static_cast<const std::uint8_t*>(std::memchr(bytes + i, 0xFF, take - i));
      i = found ? static_cast<std::size_t>(found - bytes) : take;
      if (i + 1 < take && is_marker_byte(bytes[i + 1])) return Position(at + i);
      if (i + 1 < take) ++i;
    }
    at += std::min(i, take);
  }
  return Position(end_);
}

base::Result<Codestream::Position> Codestream::tile_part(std::uint64_t at, Frame& frame) {
  if (end_ - at < 12) return Position();
  const auto* head = TRY(window_.at(at, 12));
  if (head[2] != 0 || head[3] != 10) return Position();
  const std::uint64_t length = base::read_u32_be({head + 6, 4});
  const auto data = TRY(tile_header(at + 12, frame));
  if (!data) return data;
  if (length == 0) return scan(*data);  // to the end of the image
  in_image_ = true;
  if (length < *data - at || length > end_ - at) return Position();
  return Position(at + length);
}

// Up to and with SOD.
base::Result<Codestream::Position> Codestream::tile_header(std::uint64_t at, Frame& frame) {
  while (end_ - at >= 2) {
    if (TRY(marker(at)) == kSOD) return Position(at + 2);
    const auto behind = TRY(segment(at, frame, true));
    if (!behind) return behind;
    at = *behind;
  }
  return Position();
}

}  // namespace deidentify
