// RLE (PS3.5 Annex G): a segment for each byte of each sample, the most significant first, each
// line packed by itself.
#include <algorithm>

#include "dicom/byte_order.h"
#include "pixels/codec.h"

namespace pixels::rle {
namespace {

constexpr std::size_t kHeader = 64;
constexpr std::size_t kLongestRun = 128;

// Where byte `segment` of the first pixel lies in the raster.
std::size_t first_of(std::size_t segment, const Layout& layout) {
  const std::size_t bytes = layout.sample_bytes();
  return segment / bytes * bytes + bytes - 1 - segment % bytes;
}

base::Status unpack(base::ByteView packed, base::Bytes& into, std::size_t at, std::size_t step,
                    std::size_t count) {
  std::size_t i = 0;
  for (std::size_t done = 0; done < count;) {
    if (i >= packed.size()) return undecodable();
    const auto code = packed[i++];
    if (code == 128) continue;
    const bool literal = code < 128;
    const std::size_t run = literal ? code + 1u : 257u - code;
    if (run > count - done || packed.size() - i < (literal ? run : 1)) return undecodable();
    for (std::size_t k = 0; k < run; ++k)
      into[at + step * (done + k)] = packed[literal ? i + k : i];
    i += literal ? run : 1;
    done += run;
  }
  return base::Done{};
}

std::size_t run_at(base::ByteView line, std::size_t at) {
  std::size_t run = 1;
  while (run < kLongestRun && at + run < line.size() && line[at + run] == line[at]) ++run;
  return run;
}

void pack_line(base::ByteView line, base::Bytes& to) {
  for (std::size_t at = 0; at < line.size();) {
    const auto run = run_at(line, at);
    if (run >= 3) {
      to.push_back(static_cast<std::uint8_t>(257 - run));
      to.push_back(line[at]);
      at += run;
      continue;
    }
    std::size_t end = at + run;
    while (end < line.size() && run_at(line, end) < 3) ++end;
    end = std::min(end, at + kLongestRun);
    to.push_back(static_cast<std::uint8_t>(end - at - 1));
    base::append(to, line.subspan(at, end - at));
    at = end;
  }
}

void pack(const Raster& raster, const Layout& layout, std::size_t at, std::size_t step,
          base::Bytes& to) {
  base::Bytes line(layout.columns);
  for (std::uint32_t row = 0; row < layout.rows; ++row) {
    for (auto& byte : line) {
      byte = raster.samples[at];
      at += step;
    }
    pack_line(line, to);
  }
  if (to.size() % 2 != 0) to.push_back(0);
}

}  // namespace

base::Result<Raster> decode(base::ByteView frame, const Layout& layout) {
  const std::size_t step = layout.samples * layout.sample_bytes();
  if (frame.size() < kHeader || dicom::read_u32(frame.data(), false) != step || step > 15)
    return undecodable();
  Raster raster{base::Bytes(raster_bytes(layout)), layout.allocated, false, false};
  for (std::size_t i = 0; i < step; ++i) {
    const std::size_t begin = dicom::read_u32(frame.data() + 4 * (i + 1), false);
    const std::size_t end =
        i + 1 == step ? frame.size() : dicom::read_u32(frame.data() + 4 * (i + 2), false);
    if (begin < kHeader || begin > end || end > frame.size()) return undecodable();
    TRY(unpack(frame.subspan(begin, end - begin), raster.samples, first_of(i, layout), step,
               layout.pixels()));
  }
  return raster;
}

base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout) {
  const std::size_t step = layout.samples * layout.sample_bytes();
  base::Bytes header, segments;
  dicom::append_u32(header, static_cast<std::uint32_t>(step), false);
  for (std::size_t i = 0; i < step; ++i) {
    dicom::append_u32(header, static_cast<std::uint32_t>(kHeader + segments.size()), false);
    pack(raster, layout, first_of(i, layout), step, segments);
  }
  header.resize(kHeader);
  base::append(header, segments);
  return header;
}

}  // namespace pixels::rle
