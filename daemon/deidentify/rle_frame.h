// One frame of RLE (PS3.5 Annex G): which of its bytes no decoder looks at. Segments cannot be cut
// without another header, so these become zeros; what stands behind the last segment may go.
#pragma once

#include "deidentify/codestream.h"

namespace deidentify {

// From `begin` to `end`, with `pixels` bytes in each segment.
base::Result<Frame> walk_rle_frame(dicom::Window& window, std::uint64_t begin, std::uint64_t end,
                                   std::uint64_t pixels);

}  // namespace deidentify
