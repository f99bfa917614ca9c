#include "pack/deflate.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <memory>

#include "base/panic.h"

namespace pack {
namespace {

// Level 1: the higher levels save a fiftieth of the size on CT images for a quarter of the speed.
constexpr std::uint32_t kLevel = 1;

struct Compressor {
  isal_zstream stream;
  std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> memory;
  std::unique_ptr<std::uint8_t[]> out;  // written before it is read
  std::size_t out_size = 0;

  void make_room(std::size_t size) {
    if (size <= out_size) return;
    out = std::make_unique_for_overwrite<std::uint8_t[]>(size);
    out_size = size;
  }
};

// nullopt when it needs more than `room` bytes.
std::optional<base::Bytes> deflated_into(base::ByteView whole, std::size_t room) {
  thread_local const auto compressor = std::make_unique<Compressor>();
  isal_zstream& stream = compressor->stream;
  isal_deflate_stateless_init(&stream);
  stream.level = kLevel;
  stream.level_buf = compressor->memory.data();
  stream.level_buf_size = static_cast<std::uint32_t>(compressor->memory.size());
  stream.end_of_stream = 1;
  stream.next_in = const_cast<std::uint8_t*>(whole.data());
  stream.avail_in = static_cast<std::uint32_t>(whole.size());
  compressor->make_room(room);
  stream.next_out = compressor->out.get();
  stream.avail_out = static_cast<std::uint32_t>(room);
  const int result = isal_deflate_stateless(&stream);
  if (result == STATELESS_OVERFLOW) return std::nullopt;
  if (result != COMP_OK || stream.avail_in != 0) PANIC("deflating failed");
  return base::to_bytes({compressor->out.get(), stream.total_out});
}

}  // namespace

std::uint32_t crc32(std::uint32_t so_far, base::ByteView bytes) {
  return crc32_gzip_refl(so_far, bytes.data(), bytes.size());
}

std::optional<base::Bytes> deflated(base::ByteView whole) {
  if (whole.empty() || whole.size() > bundle::kLargestDeflated) return std::nullopt;
  // Room for nine tenths: what does not fit is not worth the recipient's inflating.
  return deflated_into(whole, whole.size() / 10 * 9);
}

base::Bytes deflated_text(std::string_view text) {
  // Stored blocks of 65,535 bytes at worst, 5 bytes more each.
  auto made = deflated_into(base::as_bytes(text), text.size() + text.size() / 1024 + 1024);
  if (!made) PANIC("deflating took more room than storing");
  return std::move(*made);
}

}  // namespace pack
