// One compressed frame, in the codec that the first byte chooses, under a header that the next ones
// say: what decodes has as many samples as the header says, is encoded again without loss, and the
// same each time; reasons are plain.
#include "fuzz.h"
#include "pixels/codec.h"

namespace {

constexpr const char* kSyntaxes[] = {
    "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"};
constexpr std::uint16_t kBits[] = {8, 16, 32};

pixels::Layout layout_from(fuzz::Input& input) {
  pixels::Layout layout;
  layout.rows = input.byte() % 64u;
  layout.columns = input.byte() % 64u;
  const auto form = input.byte();
  layout.samples = form & 1 ? 3 : 1;
  layout.colour = form & 1 ? pixels::Colour::RGB : pixels::Colour::Monochrome2;
  layout.is_signed = (form & 2) != 0;
  layout.allocated = kBits[(form >> 2) % std::size(kBits)];
  layout.stored = static_cast<std::uint16_t>(1 + input.byte() % layout.allocated);
  layout.high_bit = static_cast<std::uint16_t>(layout.stored - 1);
  return layout;
}

void check_reason(const base::Fault& fault) {
  HOLDS(!fault.what.empty() && fault.what.size() <= 120);
  HOLDS(std::all_of(fault.what.begin(), fault.what.end(),
                    [](char c) { return c >= ' ' && c <= '~'; }));
}

void check_comes_back(const pixels::Raster& raster, const pixels::Codec& codec,
                      const pixels::Layout& layout) {
  HOLDS(raster.samples.size() == pixels::raster_bytes(layout));
  const auto encoded = codec.encode(raster, layout);
  if (!encoded.ok()) return check_reason(encoded.fault());
  const auto* written = pixels::codec_of(codec.written);
  HOLDS(written != nullptr);
  const auto again = written->decode(encoded.value(), layout);
  HOLDS(again.ok() && again.value().samples == raster.samples);
  const auto twice = codec.encode(raster, layout);
  HOLDS(twice.ok() && twice.value() == encoded.value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto* codec = pixels::codec_of(kSyntaxes[input.byte() % std::size(kSyntaxes)]);
  const auto layout = layout_from(input);
  if (layout.rows == 0 || layout.columns == 0) return 0;
  const auto frame = input.rest();
  const auto raster = codec->decode(frame, layout);
  if (!raster.ok())
    check_reason(raster.fault());
  else
    check_comes_back(raster.value(), *codec, layout);
  return 0;
}
