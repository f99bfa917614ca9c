// The value that shows as black, by the colour model (PS3.3 section C.7.6.3.1.2).
#pragma once

#include <array>

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"
#include "pixels/layout.h"

namespace pixels {

// Sample by sample, as in the cells of the pixel data. `cell` is the number of bits up to which a
// negative value is extended: all that are allocated, or those that a compressed sample has.
using Black = std::array<std::uint32_t, 3>;
base::Result<Black> black_of(const dicom::File& file, const dicom::Source& source,
                             const Layout& layout, std::uint16_t cell);

// Pixel Padding Value (or its range) says black as well: whoever masks padding masks what was
// blanked too.
bool is_padding(const dicom::File& file, const Layout& layout);

}  // namespace pixels
