// ISA-L's two services: CRC-32, and deflating something whole at once. (The room verify inflates
// with another library.)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "bundle/format.h"

namespace pack {

std::uint32_t crc32(std::uint32_t so_far, base::ByteView bytes);  // begins with 0

// nullopt where deflating does not save a tenth, or the entry is larger than
// bundle::kLargestDeflated.
std::optional<base::Bytes> deflated(base::ByteView whole);
base::Bytes deflated_text(std::string_view text);  // of any length that memory holds

}  // namespace pack
