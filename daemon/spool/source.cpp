#include "spool/source.h"

#include <utility>

#include "disk/descriptor.h"
#include "spool/format.h"

namespace spool {

base::Result<SealedSource> SealedSource::open(int file, base::SecretBytes segment_key) {
  const std::uint64_t size = TRY(disk::size_of(file));
  if (size < kHeaderSize) return base::reject("spool.open", "shorter than a header");
  auto read_at = [file](std::uint64_t offset, std::span<std::uint8_t> into) {
    return disk::read_exact_at(file, into, kHeaderSize + offset);
  };
  seal::Opener opener = TRY(seal::Opener::open_with_segment_key(
      std::move(segment_key), std::move(read_at), size - kHeaderSize));
  return SealedSource(std::move(opener));
}

std::uint64_t SealedSource::size() const { return opener_.size(); }

base::Status SealedSource::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  return opener_.read(offset, into);
}

base::Result<Header> read_header(int file) {
  std::array<std::uint8_t, kHeaderSize> bytes{};
  TRY(disk::read_exact_at(file, bytes, 0));
  return parse_header(bytes);
}

base::Result<base::SecretBytes> segment_key(int file, const base::SecretBytes& spool_scalar,
                                            base::ByteView spool_point) {
  std::array<std::uint8_t, kHeaderSize + 1 + seal::kSaltSize> bytes{};
  TRY(disk::read_exact_at(file, bytes, 0));
  const base::ByteView view(bytes);
  const Header header = TRY(parse_header(view));
  if (header.key_id != key_id(spool_point))
    return base::ask_administrator("spool.open", "sealed to another spool key");
  const base::SecretBytes key =
      TRY(association_key(header, spool_scalar, header.ephemeral_point, spool_point));
  return seal::segment_key(key, view.subspan(kHeaderSize + 1),
                           associated_data(view.first(kHeaderSize)));
}

}  // namespace spool
