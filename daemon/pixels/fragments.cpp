#include "pixels/fragments.h"

#include "dicom/byte_order.h"
#include "pixels/codec.h"

namespace pixels {
namespace {

constexpr std::uint64_t kItemHeader = 8;

base::Fault uncertain() {
  return base::reject("pixels.fragments", "compressed frames whose fragments cannot be told apart");
}

// Offsets count from the first fragment's item.
base::Result<Fragments> by_table(const dicom::Element& pixel_data, const dicom::Source& source,
                                 std::uint32_t frames) {
  const auto& table = pixel_data.extents[0];
  if (table.length != 4ull * frames) return uncertain();
  base::Bytes offsets(table.length);
  TRY(source.read(table.offset, offsets));
  Fragments all;
  std::uint64_t at = 0;
  for (std::size_t i = 1; i < pixel_data.extents.size(); ++i) {
    if (all.size() < frames && dicom::read_u32(offsets.data() + 4 * all.size(), false) == at)
      all.emplace_back();
    if (all.empty()) return uncertain();
    all.back().push_back(pixel_data.extents[i]);
    at += kItemHeader + pixel_data.extents[i].length;
  }
  if (all.size() != frames) return uncertain();
  return all;
}

}  // namespace

base::Result<Fragments> fragments_of(const dicom::Element& pixel_data, const dicom::Source& source,
                                     std::uint32_t frames) {
  if (pixel_data.shape != dicom::Element::Shape::Encapsulated || pixel_data.extents.size() < 2)
    return uncertain();
  const auto count = pixel_data.extents.size() - 1;
  Fragments all;
  if (frames == 1) {
    all.emplace_back(pixel_data.extents.begin() + 1, pixel_data.extents.end());
    return all;
  }
  if (count != frames) return by_table(pixel_data, source, frames);
  for (std::size_t i = 1; i <= count; ++i) all.push_back({pixel_data.extents[i]});
  return all;
}

base::Result<base::Bytes> joined(const std::vector<dicom::Extent>& fragments,
                                 const dicom::Source& source) {
  std::uint64_t length = 0;
  for (const auto& one : fragments) length += one.length;
  if (length > kLargestFrame) return undecodable();
  base::Bytes bytes(length);
  std::size_t at = 0;
  for (const auto& one : fragments) {
    TRY(source.read(one.offset, std::span(bytes).subspan(at, one.length)));
    at += one.length;
  }
  return bytes;
}

}  // namespace pixels
