#include "pack/deflate.h"

#include <libdeflate.h>

#include "base/handle.h"
#include "base/panic.h"

namespace pack {
namespace {

// Level 1: the higher levels cost three times the time for a hundredth of the size on CT images.
constexpr int kLevel = 1;

using Compressor = base::Handle<libdeflate_compressor, libdeflate_free_compressor>;

}  // namespace

std::uint32_t crc32(std::uint32_t so_far, base::ByteView bytes) {
  return libdeflate_crc32(so_far, bytes.data(), bytes.size());
}

std::optional<base::Bytes> deflated(base::ByteView whole) {
  if (whole.empty() || whole.size() > bundle::kLargestDeflated) return std::nullopt;
  thread_local const Compressor compressor(libdeflate_alloc_compressor(kLevel));
  if (!compressor) PANIC("no memory for a compressor");
  // Room for nine tenths: what does not fit is not worth the recipient's inflating.
  base::Bytes out(whole.size() / 10 * 9);
  const std::size_t size = libdeflate_deflate_compress(compressor.get(), whole.data(), whole.size(),
                                                       out.data(), out.size());
  if (size == 0) return std::nullopt;
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

}  // namespace pack
