// JPEG-LS by CharLS.
#include <charls/charls.h>

#include <memory>

#include "pixels/codec.h"

namespace pixels::jpeg_ls {
namespace {

using Decoder = std::unique_ptr<charls_jpegls_decoder, decltype(&charls_jpegls_decoder_destroy)>;
using Encoder = std::unique_ptr<charls_jpegls_encoder, decltype(&charls_jpegls_encoder_destroy)>;

bool good(charls_jpegls_errc code) { return code == charls_jpegls_errc::success; }

base::Fault unencodable() {
  return base::reject("pixels.encode", "the blanked frame cannot be encoded again");
}

bool fits(const charls_frame_info& info, const Layout& layout) {
  return info.width == layout.columns && info.height == layout.rows &&
         info.component_count == layout.samples && info.bits_per_sample >= 2 &&
         info.bits_per_sample <= 16 && layout.allocated == (info.bits_per_sample <= 8 ? 8 : 16);
}

// Planes to pixels.
base::Bytes by_pixel(const base::Bytes& planes, const Layout& layout) {
  const std::size_t bytes = layout.sample_bytes(), count = layout.pixels();
  base::Bytes pixels(planes.size());
  for (std::size_t sample = 0; sample < layout.samples; ++sample)
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t k = 0; k < bytes; ++k)
        pixels[(i * layout.samples + sample) * bytes + k] =
            planes[(sample * count + i) * bytes + k];
  return pixels;
}

}  // namespace

base::Result<Raster> decode(base::ByteView frame, const Layout& layout) {
  const Decoder decoder(charls_jpegls_decoder_create(), charls_jpegls_decoder_destroy);
  charls_frame_info info{};
  auto mode = charls_interleave_mode::none;
  std::size_t size = 0;
  if (!decoder ||
      !good(charls_jpegls_decoder_set_source_buffer(decoder.get(), frame.data(), frame.size())) ||
      !good(charls_jpegls_decoder_read_header(decoder.get())) ||
      !good(charls_jpegls_decoder_get_frame_info(decoder.get(), &info)) || !fits(info, layout) ||
      !good(charls_jpegls_decoder_get_interleave_mode(decoder.get(), &mode)) ||
      !good(charls_jpegls_decoder_get_destination_size(decoder.get(), 0, &size)) ||
      size != raster_bytes(layout))
    return undecodable();
  Raster raster{base::Bytes(size), static_cast<std::uint16_t>(info.bits_per_sample), false, false};
  if (!good(charls_jpegls_decoder_decode_to_buffer(decoder.get(), raster.samples.data(), size, 0)))
    return undecodable();
  if (layout.samples > 1 && mode == charls_interleave_mode::none)
    raster.samples = by_pixel(raster.samples, layout);
  return raster;
}

base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout) {
  const Encoder encoder(charls_jpegls_encoder_create(), charls_jpegls_encoder_destroy);
  const charls_frame_info info{layout.columns, layout.rows, raster.precision, layout.samples};
  const auto mode =
      layout.samples > 1 ? charls_interleave_mode::sample : charls_interleave_mode::none;
  std::size_t size = 0;
  if (!encoder || !good(charls_jpegls_encoder_set_frame_info(encoder.get(), &info)) ||
      !good(charls_jpegls_encoder_set_interleave_mode(encoder.get(), mode)) ||
      !good(charls_jpegls_encoder_get_estimated_destination_size(encoder.get(), &size)))
    return unencodable();
  base::Bytes made(size);
  if (!good(charls_jpegls_encoder_set_destination_buffer(encoder.get(), made.data(), size)) ||
      !good(charls_jpegls_encoder_encode_from_buffer(encoder.get(), raster.samples.data(),
                                                     raster.samples.size(), 0)) ||
      !good(charls_jpegls_encoder_get_bytes_written(encoder.get(), &size)))
    return unencodable();
  made.resize(size);
  return made;
}

}  // namespace pixels::jpeg_ls
