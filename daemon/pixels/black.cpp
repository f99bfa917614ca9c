#include "pixels/black.h"

#include <algorithm>

#include "pixels/palette.h"

namespace pixels {
namespace {

// The index of the palette's darkest entry.
base::Result<std::uint32_t> darkest(const dicom::File& file, const dicom::Source& source,
                                    const Layout& layout) {
  const auto palette = TRY(palette_of(file, source, layout));
  const auto least = std::min_element(palette.light.begin(), palette.light.end());
  return static_cast<std::uint32_t>(least - palette.light.begin()) + palette.first;
}

// The lowest value that can be stored, or of MONOCHROME1, the highest.
std::int64_t darkest_grey(const Layout& layout) {
  const auto range = std::int64_t{1} << layout.stored;
  const bool inverted = layout.colour == Colour::Monochrome1;
  if (layout.is_signed) return inverted ? range / 2 - 1 : -range / 2;
  return inverted ? range - 1 : 0;
}

// Bits between the high bit and `cell` repeat the sign, where the value begins at bit 0.
std::uint32_t in_cell(std::int64_t value, const Layout& layout, std::uint16_t cell) {
  const auto mask = [](unsigned bits) { return (std::uint64_t{1} << bits) - 1; };
  const unsigned shift = layout.high_bit + 1u - layout.stored;
  const unsigned bits = shift == 0 ? std::max<unsigned>(cell, layout.stored) : layout.stored;
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(value) & mask(bits)) << shift);
}

}  // namespace

base::Result<Black> black_of(const dicom::File& file, const dicom::Source& source,
                             const Layout& layout, std::uint16_t cell) {
  switch (layout.colour) {
    case Colour::Monochrome1:
    case Colour::Monochrome2:
      return Black{in_cell(darkest_grey(layout), layout, cell), 0, 0};
    case Colour::Palette:
      return Black{in_cell(TRY(darkest(file, source, layout)), layout, cell), 0, 0};
    case Colour::RGB:
      return Black{0, 0, 0};
    case Colour::YBRFull:
    case Colour::YBRFull422:
      return Black{0, 1u << (layout.stored - 1), 1u << (layout.stored - 1)};
  }
  return base::reject("pixels.black", "pixels that cannot be blanked: an unknown colour");
}

bool is_padding(const dicom::File& file, const Layout& layout) {
  const bool grey = layout.colour == Colour::Monochrome1 || layout.colour == Colour::Monochrome2;
  auto value = dicom::integer_of(file, {0x0028, 0x0120});
  if (!grey || !value) return false;
  auto limit = dicom::integer_of(file, {0x0028, 0x0121}).value_or(*value);
  // Files say US of signed values too.
  const auto as_stored = [&](std::int64_t number) {
    return layout.is_signed && number >= (std::int64_t{1} << (layout.stored - 1))
               ? number - (std::int64_t{1} << layout.stored)
               : number;
  };
  const auto [low, high] = std::minmax({as_stored(*value), as_stored(limit)});
  const auto black = darkest_grey(layout);
  return black >= low && black <= high;
}

}  // namespace pixels
