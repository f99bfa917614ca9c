// A moving window on a source: small reads next to each other cost one read of the source. After a
// jump it begins small again, so that skipping from fragment to fragment reads little.
#pragma once

#include "dicom/stream.h"

namespace dicom {

class Window {
 public:
  static constexpr std::size_t kLargest = 64 * 1024;

  explicit Window(const Source& source) : source_(source), size_(source.size()) {}

  // `count` (at most kLargest) bytes at `offset`, valid until the next call. Reject when the source
  // ends before.
  base::Result<const std::uint8_t*> at(std::uint64_t offset, std::size_t count) {
    if (offset < start_ || offset - start_ > held_.size() ||
        held_.size() - (offset - start_) < count) {
      auto moved = move_to(offset, count);
      if (!moved.ok()) return std::move(moved).fault();
    }
    return held_.data() + (offset - start_);
  }

 private:
  static constexpr std::size_t kSmallest = 2 * 1024;

  base::Status move_to(std::uint64_t offset, std::size_t count);

  const Source& source_;
  std::uint64_t size_;
  std::uint64_t start_ = 0;
  std::size_t reach_ = 4 * kSmallest;
  base::Bytes held_;
};

}  // namespace dicom
