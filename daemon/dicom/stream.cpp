#include "dicom/stream.h"

#include <algorithm>

namespace dicom {

base::Status MemorySource::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > bytes_.size() || into.size() > bytes_.size() - offset)
    return base::reject("dicom.read", "length past the end");
  // By pointers: GCC 12 makes a loop over bytes of std::ranges::copy between spans.
  std::copy_n(bytes_.data() + offset, into.size(), into.data());
  return base::Done{};
}

}  // namespace dicom
