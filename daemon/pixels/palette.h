// How bright the colours of a PALETTE COLOR image are (PS3.3 section C.7.9).
#pragma once

#include <vector>

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"
#include "pixels/layout.h"

namespace pixels {

struct Palette {
  std::uint32_t first = 0;           // the value that the first entry is of
  std::vector<std::uint64_t> light;  // of those entries that a pixel can name
};
// Reject of segmented ones, and of those that contradict themselves.
base::Result<Palette> palette_of(const dicom::File& file, const dicom::Source& source,
                                 const Layout& layout);

}  // namespace pixels
