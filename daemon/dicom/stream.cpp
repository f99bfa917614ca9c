#include "dicom/stream.h"

#include <algorithm>

namespace dicom {

base::Status MemorySource::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > bytes_.size() || into.size() > bytes_.size() - offset)
    return base::reject("dicom.read", "length past the end");
  std::ranges::copy(bytes_.subspan(static_cast<std::size_t>(offset), into.size()), into.begin());
  return base::Done{};
}

}  // namespace dicom
