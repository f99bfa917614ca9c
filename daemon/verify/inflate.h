// Inflating something whole, by another library than the one that pack deflates with.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace verify {

// Exactly `size` bytes out of exactly all of `stored` (raw deflate, RFC 1951); else Reject.
base::Result<base::Bytes> inflated(base::ByteView stored, std::uint64_t size);

}  // namespace verify
