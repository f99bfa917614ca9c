#include "pixels/clean.h"

#include "pixels/painter.h"
#include "pixels/recode.h"

namespace pixels {
namespace {

using dicom::Element;
using dicom::Tag;

constexpr Tag kPixelData{0x7FE0, 0x0010};
constexpr std::size_t kMostRegions = 256;

// The original, with black pixels where the mask says so.
class Patched : public dicom::Source {
 public:
  Patched(const dicom::Source& source, dicom::Extent pixels, Painter painter)
      : source_(source), pixels_(pixels), painter_(std::move(painter)) {}
  std::uint64_t size() const override { return source_.size(); }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    TRY(source_.read(offset, into));
    const auto begin = std::max(offset, pixels_.offset);
    const auto end = std::min(offset + into.size(), pixels_.offset + pixels_.length);
    if (begin < end)
      painter_.paint(into.subspan(begin - offset, end - begin), begin - pixels_.offset);
    return base::Done{};
  }

 private:
  const dicom::Source& source_;
  dicom::Extent pixels_;
  Painter painter_;
};

// A source that adds nothing: the blanked pixels are held in the header.
class Same : public dicom::Source {
 public:
  explicit Same(const dicom::Source& source) : source_(source) {}
  std::uint64_t size() const override { return source_.size(); }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return source_.read(offset, into);
  }

 private:
  const dicom::Source& source_;
};

base::Result<Cleaned> clean_native(const dicom::File& file, const dicom::Source& source,
                                   const Layout& layout, const Mask& mask) {
  Cleaned cleaned;
  cleaned.pixel_data = *dicom::find(file.elements, kPixelData);
  auto& pixels = cleaned.pixel_data;
  const bool held = pixels.shape == Element::Shape::Value;
  if (!held && pixels.shape != Element::Shape::Extent)
    return base::reject("pixels.clean", "fragments in a transfer syntax without them");
  // More than the frames would leave as it was.
  const auto needed = (layout.frame_bits() * layout.frames + 7) / 8;
  const auto length = held ? pixels.value.size() : pixels.extents.at(0).length;
  if (length != needed + needed % 2)
    return base::reject("pixels.clean", "pixel data of another length than their header says");
  const auto black = TRY(black_of(file, source, layout, layout.allocated));
  Painter painter(layout, mask, black);
  if (held) {
    painter.paint(pixels.value, 0);
    cleaned.source = std::make_unique<Same>(source);
  } else {
    cleaned.source = std::make_unique<Patched>(source, pixels.extents[0], std::move(painter));
  }
  cleaned.syntax = file.syntax;
  cleaned.photometric = dicom::text_of(file.elements, {0x0028, 0x0004});
  return cleaned;
}

std::string photometric_of(const dicom::File& file, const Layout& layout, bool transformed) {
  if (transformed) return "YBR_RCT";
  if (layout.colour == Colour::RGB) return "RGB";
  if (layout.colour == Colour::YBRFull) return "YBR_FULL";
  return dicom::text_of(file.elements, {0x0028, 0x0004});
}

base::Result<Cleaned> clean_compressed(const dicom::File& file, const dicom::Source& source,
                                       const Layout& layout, const Mask& mask) {
  auto decode = TRY(Decode::open(file, source, layout));
  Cleaned cleaned;
  cleaned.syntax = dicom::transfer_syntax(decode.codec().written);
  cleaned.was_lossy = decode.codec().is_lossy;
  auto recode = TRY(Recode::create(file, source, std::move(decode), mask));
  cleaned.photometric = photometric_of(file, layout, recode->transformed());
  cleaned.pixel_data.tag = kPixelData;
  cleaned.pixel_data.vr = dicom::VR("OB");
  cleaned.pixel_data.shape = Element::Shape::Encapsulated;
  cleaned.pixel_data.extents = recode->extents();
  cleaned.source = std::move(recode);
  return cleaned;
}

base::Result<Rectangle> region_of(const dicom::File& file, const dicom::Item& item,
                                  const Layout& layout) {
  dicom::File alone;  // integers are read in the file's byte order
  alone.syntax = file.syntax;
  constexpr Tag kCorners[] = {
      {0x0018, 0x6018}, {0x0018, 0x601A}, {0x0018, 0x601C}, {0x0018, 0x601E}};
  std::uint32_t corner[4] = {};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto* element = dicom::find(item.elements, kCorners[i]);
    if (element) alone.elements = {*element};
    const auto value = element ? dicom::integer_of(alone, kCorners[i]) : std::nullopt;
    const auto limit = i % 2 == 0 ? layout.columns : layout.rows;
    if (!value || *value < 0 || *value > limit)
      return base::reject("pixels.regions", "an ultrasound region outside of the image");
    corner[i] = static_cast<std::uint32_t>(*value);
  }
  if (corner[2] < corner[0] || corner[3] < corner[1])
    return base::reject("pixels.regions", "an ultrasound region outside of the image");
  return Rectangle{corner[0], corner[1], corner[2] - corner[0] + 1, corner[3] - corner[1] + 1};
}

}  // namespace

base::Result<std::vector<Rectangle>> ultrasound_regions(const dicom::File& file) {
  std::vector<Rectangle> regions;
  const auto* sequence = dicom::find(file.elements, {0x0018, 0x6011});
  if (sequence == nullptr || sequence->items.empty()) return regions;
  if (sequence->items.size() > kMostRegions)
    return base::reject("pixels.regions", "more ultrasound regions than an image has");
  const auto layout = TRY(layout_of(file));
  for (const auto& item : sequence->items) regions.push_back(TRY(region_of(file, item, layout)));
  if (Mask(layout.rows, layout.columns, {}, regions).empty())
    return base::reject("pixels.regions", "ultrasound regions that are the whole image");
  return regions;
}

base::Result<Cleaned> clean(const dicom::File& file, const dicom::Source& source,
                            const Areas& areas) {
  if (dicom::find(file.elements, {0x7FE0, 0x0008}) || dicom::find(file.elements, {0x7FE0, 0x0009}))
    return base::reject("pixels.clean", "pixels that cannot be blanked: of floating point");
  if (!dicom::find(file.elements, kPixelData))
    return base::reject("pixels.clean", "pixels that cannot be blanked: there are none");
  const auto layout = TRY(layout_of(file));
  const Mask mask(layout.rows, layout.columns, areas.blank, areas.keep);
  if (mask.empty())
    return base::reject("pixels.clean", "a device rule beside the image, which blanks nothing");
  auto cleaned = file.syntax.encapsulated ? TRY(clean_compressed(file, source, layout, mask))
                                          : TRY(clean_native(file, source, layout, mask));
  cleaned.may_be_padding = is_padding(file, layout);
  return cleaned;
}

}  // namespace pixels
