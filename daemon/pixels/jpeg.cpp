// JPEG by the libraries that DCMTK is built on (8, 12 and 16 bits). Colour stays as it is stored:
// nothing is converted, neither way.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djdijg12.h>
#include <dcmtk/dcmjpeg/djdijg16.h>
#include <dcmtk/dcmjpeg/djdijg8.h>
#include <dcmtk/dcmjpeg/djeijg12.h>
#include <dcmtk/dcmjpeg/djeijg16.h>
#include <dcmtk/dcmjpeg/djeijg8.h>

#include <algorithm>
#include <memory>

#include "pixels/codec.h"

namespace pixels::jpeg {
namespace {

constexpr int kFirstOrder = 1;  // prediction: Process 14, Selection Value 1

struct StartOfFrame {
  std::uint8_t marker = 0;
  std::uint16_t precision = 0, rows = 0, columns = 0, samples = 0;
};

std::uint16_t word_at(base::ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

bool is_start_of_frame(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

base::Result<StartOfFrame> start_of_frame(base::ByteView frame) {
  if (frame.size() < 4 || frame[0] != 0xFF || frame[1] != 0xD8) return undecodable();
  for (std::size_t at = 2; at + 10 <= frame.size();) {
    if (frame[at] != 0xFF) return undecodable();
    const auto marker = frame[at + 1];
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (is_start_of_frame(marker))
      return StartOfFrame{marker, frame[at + 4], word_at(frame, at + 5), word_at(frame, at + 7),
                          frame[at + 9]};
    at += 2u + word_at(frame, at + 2);
  }
  return undecodable();
}

const DJCodecParameter& unchanged() {
  static const DJCodecParameter kParameters(ECC_lossyRGB, EDC_never, EUC_never, EPC_colorByPixel);
  return kParameters;
}

std::unique_ptr<DJDecoder> decoder_of(unsigned precision, bool is_ybr) {
  if (precision <= 8) return std::make_unique<DJDecompressIJG8Bit>(unchanged(), is_ybr);
  if (precision <= 12) return std::make_unique<DJDecompressIJG12Bit>(unchanged(), is_ybr);
  return std::make_unique<DJDecompressIJG16Bit>(unchanged(), is_ybr);
}

std::unique_ptr<DJEncoder> encoder_of(unsigned precision) {
  const auto mode = EJM_lossless;
  if (precision <= 8) return std::make_unique<DJCompressIJG8Bit>(unchanged(), mode, kFirstOrder, 0);
  if (precision <= 12)
    return std::make_unique<DJCompressIJG12Bit>(unchanged(), mode, kFirstOrder, 0);
  return std::make_unique<DJCompressIJG16Bit>(unchanged(), mode, kFirstOrder, 0);
}

bool fits(const StartOfFrame& start, const Layout& layout) {
  return start.rows == layout.rows && start.columns == layout.columns &&
         start.samples == layout.samples && start.precision >= 2 && start.precision <= 16 &&
         layout.allocated == (start.precision <= 8 ? 8 : 16);
}

base::Result<Raster> decode(base::ByteView frame, const Layout& layout, const StartOfFrame& start) {
  if (!fits(start, layout)) return undecodable();
  base::Bytes padded(frame.begin(), frame.end());  // the decoder wants to write to it
  Raster raster{base::Bytes(raster_bytes(layout)), start.precision, false, false};
  const auto decoder = decoder_of(start.precision, layout.colour == Colour::YBRFull);
  const bool done =
      decoder->init().good() &&
      decoder
          ->decode(padded.data(), static_cast<Uint32>(padded.size()), raster.samples.data(),
                   static_cast<Uint32>(raster.samples.size()), OFFalse)
          .good();
  if (!done) return undecodable();
  return raster;
}

EP_Interpretation interpretation(Colour colour) {
  if (colour == Colour::RGB) return EPI_RGB;
  return colour == Colour::YBRFull ? EPI_YBR_Full : EPI_Monochrome2;
}

}  // namespace

base::Result<Raster> decode_lossy(base::ByteView frame, const Layout& layout) {
  const auto start = TRY(start_of_frame(frame));
  if ((start.marker != 0xC0 && start.marker != 0xC1) ||
      (start.precision != 8 && start.precision != 12))
    return undecodable();
  return decode(frame, layout, start);
}

base::Result<Raster> decode_lossless(base::ByteView frame, const Layout& layout) {
  const auto start = TRY(start_of_frame(frame));
  if (start.marker != 0xC3) return undecodable();
  return decode(frame, layout, start);
}

base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout) {
  const auto encoder = encoder_of(raster.precision);
  base::Bytes samples = raster.samples;  // the encoder takes no constants
  Uint8* made = nullptr;
  Uint32 length = 0;
  const auto columns = static_cast<Uint16>(layout.columns);
  const auto rows = static_cast<Uint16>(layout.rows);
  const auto colour = interpretation(layout.colour);
  const auto done =
      raster.precision <= 8
          ? encoder->encode(columns, rows, colour, layout.samples, samples.data(), made, length)
          : encoder->encode(columns, rows, colour, layout.samples,
                            reinterpret_cast<Uint16*>(samples.data()), made, length);
  const std::unique_ptr<Uint8[]> owned(made);
  if (done.bad() || made == nullptr)
    return base::reject("pixels.encode", "the blanked frame cannot be encoded again");
  return base::Bytes(made, made + length);
}

}  // namespace pixels::jpeg
