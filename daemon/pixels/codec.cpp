#include "pixels/codec.h"

#include <algorithm>
#include <iterator>

namespace pixels {
namespace {

struct Row {
  std::string_view syntax;
  Codec codec;
};

constexpr std::string_view kJpegLossless = "1.2.840.10008.1.2.4.70";
constexpr std::string_view kJpegLS = "1.2.840.10008.1.2.4.80";
constexpr std::string_view kJpeg2000 = "1.2.840.10008.1.2.4.90";

constexpr Row kRows[] = {
    {"1.2.840.10008.1.2.5", {rle::decode, rle::encode, "1.2.840.10008.1.2.5", false}},
    {"1.2.840.10008.1.2.4.50", {jpeg::decode_lossy, jpeg::encode, kJpegLossless, true}},
    {"1.2.840.10008.1.2.4.51", {jpeg::decode_lossy, jpeg::encode, kJpegLossless, true}},
    {"1.2.840.10008.1.2.4.57", {jpeg::decode_lossless, jpeg::encode, kJpegLossless, false}},
    {"1.2.840.10008.1.2.4.70", {jpeg::decode_lossless, jpeg::encode, kJpegLossless, false}},
    {"1.2.840.10008.1.2.4.80", {jpeg_ls::decode, jpeg_ls::encode, kJpegLS, false}},
    {"1.2.840.10008.1.2.4.81", {jpeg_ls::decode, jpeg_ls::encode, kJpegLS, false}},
    {"1.2.840.10008.1.2.4.90", {jpeg2000::decode, jpeg2000::encode, kJpeg2000, false}},
    {"1.2.840.10008.1.2.4.91", {jpeg2000::decode, jpeg2000::encode, kJpeg2000, false}},
};

}  // namespace

const Codec* codec_of(std::string_view transfer_syntax) {
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row& row) { return row.syntax == transfer_syntax; });
  return found == std::end(kRows) ? nullptr : &found->codec;
}

base::Fault undecodable() {
  return base::reject("pixels.decode", "compressed pixel data that cannot be decoded");
}

std::uint64_t raster_bytes(const Layout& layout) {
  return layout.pixels() * layout.samples * layout.sample_bytes();
}

}  // namespace pixels
