// How large the header says that frames are: what stands behind them is shown by nobody.
#pragma once

#include <cstdint>
#include <optional>

#include "dicom/data_set.h"

namespace deidentify {

// Rows by Columns, at least 1 each. nullopt: the header does not say.
std::optional<std::uint64_t> pixels_of_frame(const dicom::File& file);
// 1 where the header does not say, nullopt where it says what cannot be.
std::optional<std::uint64_t> number_of_frames(const dicom::File& file);
// Bytes of all frames of native pixels, in cells of Bits Allocated. nullopt: the header does not
// say.
std::optional<std::uint64_t> bytes_of_frames(const dicom::File& file);
// Of one alone, as encapsulated native pixels have them.
std::optional<std::uint64_t> bytes_of_frame(const dicom::File& file);

}  // namespace deidentify
