// One compressed frame to its samples and back without loss, by the family of its transfer syntax.
#pragma once

#include <string_view>

#include "base/result.h"
#include "pixels/layout.h"

namespace pixels {

inline constexpr std::uint64_t kLargestFrame = 64u << 20;  // of samples, bytes

struct Raster {
  base::Bytes samples;          // little endian, by pixel, in the cells that Bits Allocated says
  std::uint16_t precision = 0;  // bits of a sample
  bool is_signed = false;       // JPEG 2000 says so of itself
  bool transformed = false;     // JPEG 2000: RGB that is kept as luminance and chrominance
};

struct Codec {
  base::Result<Raster> (*decode)(base::ByteView frame, const Layout& layout);
  base::Result<base::Bytes> (*encode)(const Raster& raster, const Layout& layout);
  std::string_view written;  // transfer syntax of what encode() makes
  bool is_lossy;             // the one it came in always is
};

// nullptr: not decoded here (MPEG, JPEG XL, HTJ2K, private ones...).
const Codec* codec_of(std::string_view transfer_syntax);

base::Fault undecodable();
// What a frame must decode to.
std::uint64_t raster_bytes(const Layout& layout);

namespace rle {
base::Result<Raster> decode(base::ByteView frame, const Layout& layout);
base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout);
}  // namespace rle
namespace jpeg {
base::Result<Raster> decode_lossy(base::ByteView frame, const Layout& layout);
base::Result<Raster> decode_lossless(base::ByteView frame, const Layout& layout);
base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout);
}  // namespace jpeg
namespace jpeg_ls {
base::Result<Raster> decode(base::ByteView frame, const Layout& layout);
base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout);
}  // namespace jpeg_ls
namespace jpeg2000 {
base::Result<Raster> decode(base::ByteView frame, const Layout& layout);
base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout);
}  // namespace jpeg2000

}  // namespace pixels
