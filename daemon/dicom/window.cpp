#include "dicom/window.h"

#include <algorithm>

namespace dicom {

base::Status Window::move_to(std::uint64_t offset, std::size_t count) {
  if (offset > size_ || count > size_ - offset)
    return base::reject("dicom.read", "length past the end");
  const bool continues = offset >= start_ && offset - start_ <= held_.size();
  reach_ = continues ? std::min(2 * reach_, kLargest) : kSmallest;
  const auto wanted = std::min<std::uint64_t>(std::max(reach_, count), size_ - offset);
  held_.resize(static_cast<std::size_t>(wanted));
  start_ = offset;
  return source_.read(offset, held_);
}

}  // namespace dicom
