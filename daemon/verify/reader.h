// The content of a blob front to back, as its pieces come.
#pragma once

#include "verify/blob.h"

namespace verify {

struct Part {
  Shared piece;          // keeps the bytes
  base::ByteView bytes;  // in *piece
};

class Reader {
 public:
  explicit Reader(Blob& blob) : blob_(blob) {}

  // At least one byte and at most `most`; Reject at the end of the content.
  base::Result<Part> some(std::uint64_t most);
  base::Result<base::Bytes> take(std::size_t count);
  std::uint64_t position() const { return position_; }
  bool at_end() const { return position_ == blob_.size(); }

 private:
  Blob& blob_;
  Shared piece_;
  std::size_t used_ = 0;  // of *piece_
  std::uint64_t position_ = 0;
};

}  // namespace verify
