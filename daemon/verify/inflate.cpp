#include "verify/inflate.h"

#include <libdeflate.h>

#include "base/handle.h"

namespace verify {
namespace {

using Decompressor = base::Handle<libdeflate_decompressor, libdeflate_free_decompressor>;

}  // namespace

base::Result<base::Bytes> inflated(base::ByteView stored, std::uint64_t size) {
  static thread_local const Decompressor decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) return base::retry_later("verify.inflate", "no memory");
  base::Bytes whole(static_cast<std::size_t>(size));
  std::size_t used = 0;
  std::size_t made = 0;
  const auto result = libdeflate_deflate_decompress_ex(
      decompressor.get(), stored.data(), stored.size(), whole.data(), whole.size(), &used, &made);
  if (result != LIBDEFLATE_SUCCESS || made != whole.size())
    return base::reject("verify.inflate", "deflated bytes that do not inflate to their size");
  if (used != stored.size()) return base::reject("verify.inflate", "bytes behind deflated ones");
  return whole;
}

}  // namespace verify
