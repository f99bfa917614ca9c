#include "verify/reader.h"

#include <algorithm>

namespace verify {

base::Result<Part> Reader::some(std::uint64_t most) {
  if (piece_ == nullptr || used_ == piece_->size()) {
    piece_ = TRY(blob_.next());
    used_ = 0;
    if (piece_->empty()) return base::reject("verify.read", "the package ends within a record");
  }
  const auto taken =
      static_cast<std::size_t>(std::min<std::uint64_t>(most, piece_->size() - used_));
  Part part{piece_, base::ByteView(*piece_).subspan(used_, taken)};
  used_ += taken;
  position_ += taken;
  return part;
}

base::Result<base::Bytes> Reader::take(std::size_t count) {
  if (count > blob_.size() - position_)
    return base::reject("verify.read", "the package ends within a record");
  base::Bytes bytes;
  bytes.reserve(count);
  while (bytes.size() < count) {
    const Part part = TRY(some(count - bytes.size()));
    base::append(bytes, part.bytes);
  }
  return bytes;
}

}  // namespace verify
