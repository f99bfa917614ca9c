#include "pack/sealed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "seal/schedule.h"
#include "share/link.h"

namespace pack {
namespace {

constexpr std::uint64_t kWriteBehind = 8u << 20;

seal::Sealer::Out writer(int file) {
  return [file, size = std::uint64_t{0},
          behind = disk::WriteBehind(kWriteBehind, 0)](base::ByteView sealed) mutable {
    size += sealed.size();
    auto written = disk::write_all(file, sealed);
    behind.written_to(file, size);
    return written;
  };
}

}  // namespace

base::Result<SealedFile> SealedFile::create(int file, const base::SecretBytes& key,
                                            const std::array<std::uint8_t, 16>& id,
                                            std::uint8_t role) {
  return SealedFile(file, TRY(seal::Sealer::create(key, seal::blob_ad(id, role), writer(file))));
}

base::Status SealedFile::write(base::ByteView content) {
  length_ += content.size();
  return sealer_.give(content);
}

base::Result<jobs::SealedBlob> SealedFile::finish(bool pad) {
  static constexpr std::uint8_t kZeros[64 * 1024] = {};
  const std::uint64_t whole = pad ? share::padded_size(length_) : length_;
  for (std::uint64_t rest = whole - length_; rest > 0;) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(rest, sizeof kZeros));
    TRY(sealer_.give({kZeros, taken}));
    rest -= taken;
  }
  TRY(sealer_.finish());
  TRY(disk::sync_content(file_));
  return jobs::SealedBlob{.length = length_, .sealed_length = TRY(disk::size_of(file_))};
}

base::Status emptied(int file) {
  if (ftruncate(file, 0) != 0) return disk::system_fault("pack.emptied", "ftruncate", errno);
  return base::Done{};
}

}  // namespace pack
