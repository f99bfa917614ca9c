#include "pixels/palette.h"

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

}  // namespace

base::Result<Palette> palette_of(const dicom::File& file, const dicom::Source& source,
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
  light.resize(usable);
  return Palette{shape.first, std::move(light)};
}

}  // namespace pixels
