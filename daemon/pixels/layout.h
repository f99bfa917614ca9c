// How the pixels of an instance lie in its bytes, by the attributes of PS3.3 section C.7.6.3 and
// PS3.5 section 8. What is contradictory, retired or unknown is rejected: who guesses blanks beside
// the text.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "dicom/data_set.h"

namespace pixels {

enum class Colour : std::uint8_t {
  Monochrome1,
  Monochrome2,
  Palette,
  RGB,
  YBRFull,     // three samples a pixel; of compressed frames, 4:2:2 too once they are decoded
  YBRFull422,  // native: two pixels in four bytes, Y Y Cb Cr
};

struct Layout {
  std::uint32_t rows = 0, columns = 0, frames = 1;
  std::uint16_t samples = 1;
  std::uint16_t allocated = 8, stored = 8, high_bit = 7;  // bits of a sample
  bool is_signed = false;
  bool by_plane = false;  // Planar Configuration 1
  bool big_endian = false;
  Colour colour = Colour::Monochrome2;

  std::uint64_t pixels() const { return std::uint64_t{rows} * columns; }
  std::uint32_t sample_bytes() const { return allocated / 8u; }  // 0 of single bits
  std::uint64_t frame_bits() const;
  std::uint64_t frame_bytes() const { return (frame_bits() + 7) / 8; }
};

// Reject with a reason without patient data.
base::Result<Layout> layout_of(const dicom::File& file);

}  // namespace pixels
