// Which fragments of encapsulated pixel data belong to which frame (PS3.5 section A.4).
#pragma once

#include <vector>

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"

namespace pixels {

using Fragments = std::vector<std::vector<dicom::Extent>>;  // of each frame
// Reject when that is not certain.
base::Result<Fragments> fragments_of(const dicom::Element& pixel_data, const dicom::Source& source,
                                     std::uint32_t frames);

// The bytes of a frame.
base::Result<base::Bytes> joined(const std::vector<dicom::Extent>& fragments,
                                 const dicom::Source& source);

}  // namespace pixels
