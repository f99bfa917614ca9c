#include "pixels/painter.h"

#include <algorithm>

namespace pixels {
namespace {

void append_sample(base::Bytes& to, std::uint32_t value, const Layout& layout) {
  const auto count = layout.sample_bytes();
  for (std::uint32_t i = 0; i < count; ++i)
    to.push_back(static_cast<std::uint8_t>(value >> 8 * (layout.big_endian ? count - 1 - i : i)));
}

std::vector<base::Bytes> patterns_of(const Layout& layout, const Black& black) {
  if (layout.colour == Colour::YBRFull422) {
    base::Bytes pair;  // of pixels: Y Y Cb Cr
    for (const auto value : {black[0], black[0], black[1], black[2]})
      append_sample(pair, value, layout);
    return {pair};
  }
  std::vector<base::Bytes> patterns(1);
  for (std::uint16_t i = 0; i < layout.samples; ++i) {
    if (layout.by_plane && i > 0) patterns.emplace_back();
    append_sample(patterns.back(), black[i], layout);
  }
  return patterns;
}

// Whole pairs of pixels, of which the colour is one.
Span paired(Span span) { return {span.begin - span.begin % 2, span.end + span.end % 2}; }

}  // namespace

Painter::Painter(const Layout& layout, const Mask& mask, const Black& black)
    : layout_(layout), mask_(mask), patterns_(patterns_of(layout, black)), bit_(black[0] != 0) {
  if (layout.allocated == 1) return;
  planes_ = static_cast<std::uint32_t>(patterns_.size());
  pixel_bytes_ = layout.colour == Colour::YBRFull422 ? 2 : patterns_[0].size();
  line_bytes_ = pixel_bytes_ * layout.columns;
}

const base::Bytes& Painter::pattern(std::uint64_t line) const {
  return patterns_[line / layout_.rows % planes_];
}

void Painter::paint(std::span<std::uint8_t> piece, std::uint64_t at) const {
  if (layout_.allocated == 1) return paint_bits(piece, at);
  const auto lines = std::uint64_t{layout_.frames} * planes_ * layout_.rows;
  const auto end = std::min(at + piece.size(), lines * line_bytes_);
  for (auto line = at / line_bytes_; line * line_bytes_ < end; ++line) paint_line(piece, at, line);
}

void Painter::paint_line(std::span<std::uint8_t> piece, std::uint64_t at,
                         std::uint64_t line) const {
  const auto& black = pattern(line);
  const auto start = line * line_bytes_;
  const auto limit = at + piece.size();
  for (auto span : mask_.spans(static_cast<std::uint32_t>(line % layout_.rows))) {
    if (layout_.colour == Colour::YBRFull422) span = paired(span);
    const auto end = std::min(start + span.end * pixel_bytes_, limit);
    for (auto i = std::max(start + span.begin * pixel_bytes_, at); i < end; ++i)
      piece[i - at] = black[(i - start) % black.size()];
  }
}

// Single bits stand close together over rows and frames, the lowest bit of a byte first.
void Painter::paint_bits(std::span<std::uint8_t> piece, std::uint64_t at) const {
  const auto lines = std::uint64_t{layout_.frames} * layout_.rows;
  const auto limit = std::min((at + piece.size()) * 8, lines * layout_.columns);
  for (auto line = at * 8 / layout_.columns; line * layout_.columns < limit; ++line) {
    const auto start = line * layout_.columns;
    for (const auto& span : mask_.spans(static_cast<std::uint32_t>(line % layout_.rows))) {
      const auto end = std::min<std::uint64_t>(start + span.end, limit);
      for (auto i = std::max(start + span.begin, at * 8); i < end; ++i) {
        const auto bit = static_cast<std::uint8_t>(1u << i % 8);
        auto& byte = piece[i / 8 - at];
        byte = static_cast<std::uint8_t>(bit_ ? byte | bit : byte & ~bit);
      }
    }
  }
}

}  // namespace pixels
