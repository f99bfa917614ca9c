// Paints the blanked part of every frame black, in any piece of native pixel data.
#pragma once

#include <span>

#include "pixels/black.h"
#include "pixels/layout.h"
#include "pixels/mask.h"

namespace pixels {

class Painter {
 public:
  Painter(const Layout& layout, const Mask& mask, const Black& black);
  // `piece` are the bytes from `at` of the frames one after another.
  void paint(std::span<std::uint8_t> piece, std::uint64_t at) const;

 private:
  void paint_line(std::span<std::uint8_t> piece, std::uint64_t at, std::uint64_t line) const;
  void paint_bits(std::span<std::uint8_t> piece, std::uint64_t at) const;
  const base::Bytes& pattern(std::uint64_t line) const;

  Layout layout_;
  Mask mask_;
  std::vector<base::Bytes> patterns_;  // of one pixel, or of one sample of each plane
  std::uint64_t pixel_bytes_ = 1;
  std::uint64_t line_bytes_ = 1;
  std::uint32_t planes_ = 1;
  bool bit_ = false;  // of single bits: black's
};

}  // namespace pixels
