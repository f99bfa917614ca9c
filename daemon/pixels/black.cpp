#include "pixels/black.h"

#include <algorithm>

#include "dicom/byte_order.h"

namespace pixels {
namespace {

constexpr std::uint64_t kLargestTable = 2 * 65536;

base::Fault unclear() {
  return base::reject("pixels.black", "pixels that cannot be blanked: no plain palette");
}

struct Descriptor {
  std::uint32_t entries = 0, first = 0, bits = 0;
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

base::Result<Descriptor> descriptor_of(const dicom::File& file, dicom::Tag tag) {
  const auto* element = dicom::find(file.elements, tag);
  if (!element || element->value.size() != 6) return unclear();
  const auto word = [&](std::size_t i) {
    return dicom::read_u16(element->value.data() + 2 * i, file.syntax.big_endian);
  };
  const Descriptor found{word(0) == 0 ? 65536u : word(0), word(1), word(2)};
  if (found.bits != 8 && found.bits != 16) return unclear();
  return found;
}

// Entries of 8 bits stand in bytes, or in words of their own.
base::Result<std::vector<std::uint32_t>> table_of(const dicom::File& file,
                                                  const dicom::Source& source, dicom::Tag tag,
                                                  std::uint32_t entries) {
  const auto* element = dicom::find(file.elements, tag);
  if (!element || element->shape == dicom::Element::Shape::Sequence) return unclear();
  base::Bytes bytes = element->value;
  if (element->shape == dicom::Element::Shape::Extent) {
    if (element->extents.at(0).length > kLargestTable) return unclear();
    bytes.resize(element->extents[0].length);
    TRY(source.read(element->extents[0].offset, bytes));
  }
  const bool words = bytes.size() == 2ull * entries;
  if (!words && (file.syntax.big_endian || bytes.size() != entries + entries % 2)) return unclear();
  std::vector<std::uint32_t> values(entries);
  for (std::uint32_t i = 0; i < entries; ++i)
    values[i] = words ? dicom::read_u16(bytes.data() + 2ull * i, file.syntax.big_endian) : bytes[i];
  return values;
}

// The index of the palette's darkest entry.
base::Result<std::uint32_t> darkest(const dicom::File& file, const dicom::Source& source,
                                    const Layout& layout) {
  const auto shape = TRY(descriptor_of(file, {0x0028, 0x1101}));
  std::vector<std::uint64_t> light(shape.entries);
  constexpr std::uint32_t kWeights[] = {299, 587, 114};
  for (std::uint16_t i = 0; i < 3; ++i) {
    const auto number = static_cast<std::uint16_t>(i);
    const dicom::Tag descriptor{0x0028, static_cast<std::uint16_t>(0x1101 + number)};
    if (TRY(descriptor_of(file, descriptor)) != shape) return unclear();
    const dicom::Tag data{0x0028, static_cast<std::uint16_t>(0x1201 + number)};
    const auto table = TRY(table_of(file, source, data, shape.entries));
    for (std::uint32_t k = 0; k < shape.entries; ++k)
      light[k] += std::uint64_t{kWeights[i]} * table[k];
  }
  const auto reach = std::uint64_t{1} << layout.stored;
  if (shape.first >= reach) return unclear();
  const auto usable = std::min<std::uint64_t>(shape.entries, reach - shape.first);
  const auto least =
      std::min_element(light.begin(), light.begin() + static_cast<std::ptrdiff_t>(usable));
  return static_cast<std::uint32_t>(least - light.begin()) + shape.first;
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
  return unclear();
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
