#include "pixels/decode.h"

namespace pixels {
namespace {

constexpr dicom::Tag kPhotometric{0x0028, 0x0004};

// YBR_RCT and YBR_ICT say that the codestream is transformed; if it is not, nobody knows what the
// samples are.
bool says_transformed(const dicom::File& file) {
  const auto text = dicom::text_of(file.elements, kPhotometric);
  return text == "YBR_RCT" || text == "YBR_ICT";
}

bool is_jpeg2000(std::string_view syntax) { return codec_of(syntax)->decode == jpeg2000::decode; }
bool is_jpeg(std::string_view syntax) {
  const auto decode = codec_of(syntax)->decode;
  return decode == jpeg::decode_lossy || decode == jpeg::decode_lossless;
}

base::Status check_photometric(const dicom::File& file) {
  const bool subsampled = dicom::text_of(file.elements, kPhotometric) == "YBR_FULL_422";
  if ((subsampled && !is_jpeg(file.syntax.uid)) ||
      (says_transformed(file) && !is_jpeg2000(file.syntax.uid)))
    return undecodable();
  return base::Done{};
}

}  // namespace

Layout layout_of_raster(const Layout& layout) {
  Layout one = layout;
  one.frames = 1;
  one.by_plane = one.big_endian = false;
  return one;
}

base::Result<Decode> Decode::open(const dicom::File& file, const dicom::Source& source,
                                  const Layout& layout) {
  Decode decode;
  decode.codec_ = codec_of(file.syntax.uid);
  const auto* pixel_data = dicom::find(file.elements, {0x7FE0, 0x0010});
  if (decode.codec_ == nullptr || pixel_data == nullptr) return undecodable();
  TRY(check_photometric(file));
  if (layout.allocated != 8 && layout.allocated != 16) return undecodable();
  if (raster_bytes(layout) > kLargestFrame)
    return base::reject("pixels.decode", "a compressed frame larger than 64 MB");
  decode.source_ = &source;
  decode.layout_ = layout_of_raster(layout);
  decode.fragments_ = TRY(fragments_of(*pixel_data, source, layout.frames));
  decode.expects_transform_ = says_transformed(file);
  return decode;
}

base::Result<Raster> Decode::frame(std::uint32_t number) const {
  const auto bytes = TRY(joined(fragments_.at(number), *source_));
  auto raster = TRY(codec_->decode(bytes, layout_));
  if (expects_transform_ && !raster.transformed) return undecodable();
  // Of samples that are no RGB (YBR_FULL), the transform is undone all the same; it is not made
  // again.
  raster.transformed = raster.transformed && layout_.colour == Colour::RGB;
  return raster;
}

}  // namespace pixels
