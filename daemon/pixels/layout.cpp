#include "pixels/layout.h"

#include <optional>

namespace pixels {
namespace {

constexpr std::int64_t kMostFrames = 1'000'000;

base::Fault unclear(const char* what) {
  return base::reject("pixels.layout", std::string("pixels that cannot be blanked: ") + what);
}

// `otherwise` when the attribute is absent; what is present must be a number in range.
base::Result<std::int64_t> number(const dicom::File& file, dicom::Tag tag, std::int64_t least,
                                  std::int64_t most,
                                  std::optional<std::int64_t> otherwise = std::nullopt) {
  if (!dicom::find(file.elements, tag) && otherwise) return *otherwise;
  const auto value = dicom::integer_of(file, tag);
  if (!value || *value < least || *value > most)
    return base::reject("pixels.layout",
                        "pixels that cannot be blanked: no fitting " + dicom::to_string(tag));
  return *value;
}

std::optional<Colour> colour_of(const std::string& photometric, bool encapsulated) {
  if (photometric == "MONOCHROME1") return Colour::Monochrome1;
  if (photometric == "MONOCHROME2") return Colour::Monochrome2;
  if (photometric == "PALETTE COLOR") return Colour::Palette;
  if (photometric == "RGB") return Colour::RGB;
  if (photometric == "YBR_FULL") return Colour::YBRFull;
  if (photometric == "YBR_FULL_422") return encapsulated ? Colour::YBRFull : Colour::YBRFull422;
  // Transforms of JPEG 2000, undone by its decoder.
  if (encapsulated && (photometric == "YBR_RCT" || photometric == "YBR_ICT")) return Colour::RGB;
  return std::nullopt;
}

bool is_colour(Colour colour) {
  return colour == Colour::RGB || colour == Colour::YBRFull || colour == Colour::YBRFull422;
}

base::Status check_bits(const Layout& layout) {
  const auto allocated = layout.allocated;
  if (allocated != 1 && allocated != 8 && allocated != 16 && allocated != 32)
    return unclear("Bits Allocated");
  if (layout.stored > allocated || layout.high_bit + 1 < layout.stored ||
      layout.high_bit >= allocated)
    return unclear("Bits Stored or High Bit");
  const bool colour = is_colour(layout.colour);
  if (layout.samples != (colour ? 3 : 1)) return unclear("Samples per Pixel");
  if (colour && allocated != 8 && allocated != 16) return unclear("colour of these bits");
  if (colour && layout.stored != layout.high_bit + 1) return unclear("High Bit of colour");
  if ((colour || layout.colour == Colour::Palette) && layout.is_signed)
    return unclear("signed colour");
  return base::Done{};
}

base::Status check_order(const Layout& layout, const dicom::File& file) {
  if (layout.colour == Colour::YBRFull422 &&
      (layout.columns % 2 != 0 || layout.allocated != 8 || layout.by_plane))
    return unclear("YBR_FULL_422 of this form");
  if (file.syntax.uid == "1.2.840.113619.5.2") return unclear("a private transfer syntax");
  if (!layout.big_endian) return base::Done{};
  const auto* element = dicom::find(file.elements, {0x7FE0, 0x0010});
  const bool bytes = element != nullptr && element->vr == dicom::VR("OB");
  // Words of bytes are swapped, and longer ones in more than one way.
  if (layout.allocated == 16 || (layout.allocated == 8 && bytes)) return base::Done{};
  return unclear("big endian of these bits");
}

}  // namespace

std::uint64_t Layout::frame_bits() const {
  const unsigned per_pixel = colour == Colour::YBRFull422 ? 2 : samples;
  return pixels() * per_pixel * allocated;
}

base::Result<Layout> layout_of(const dicom::File& file) {
  Layout layout;
  layout.rows = static_cast<std::uint32_t>(TRY(number(file, {0x0028, 0x0010}, 1, 65535)));
  layout.columns = static_cast<std::uint32_t>(TRY(number(file, {0x0028, 0x0011}, 1, 65535)));
  layout.frames =
      static_cast<std::uint32_t>(TRY(number(file, {0x0028, 0x0008}, 1, kMostFrames, 1)));
  layout.samples = static_cast<std::uint16_t>(TRY(number(file, {0x0028, 0x0002}, 1, 3)));
  layout.allocated = static_cast<std::uint16_t>(TRY(number(file, {0x0028, 0x0100}, 1, 32)));
  layout.stored = static_cast<std::uint16_t>(TRY(number(file, {0x0028, 0x0101}, 1, 32)));
  layout.high_bit =
      static_cast<std::uint16_t>(TRY(number(file, {0x0028, 0x0102}, 0, 31, layout.stored - 1)));
  layout.is_signed = TRY(number(file, {0x0028, 0x0103}, 0, 1)) == 1;
  layout.big_endian = file.syntax.big_endian;
  const auto colour =
      colour_of(dicom::text_of(file.elements, {0x0028, 0x0004}), file.syntax.encapsulated);
  if (!colour) return unclear("Photometric Interpretation");
  layout.colour = *colour;
  if (is_colour(layout.colour)) {
    const auto absent = file.syntax.encapsulated ? std::optional<std::int64_t>(0) : std::nullopt;
    layout.by_plane = TRY(number(file, {0x0028, 0x0006}, 0, 1, absent)) == 1;
  }
  TRY(check_bits(layout));
  TRY(check_order(layout, file));
  return layout;
}

}  // namespace pixels
