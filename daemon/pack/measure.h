// Measure: a sink through which an instance is written once to learn its size, CRC-32 and SHA-256,
// and in which every byte is searched for identifiers. It keeps the bytes only when it is told to.
#pragma once

#include <optional>

#include "dicom/stream.h"
#include "identity/identifiers.h"
#include "pack/file_set.h"
#include "seal/primitives.h"

namespace pack {

// Where in a written file the pixel data lies; [0, 0) where there is none.
struct PixelZone {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
// Of what dicom::write_file will make of `file` (which is put back as it was).
PixelZone pixel_zone(dicom::File& file);

class Measure : public dicom::Sink {
 public:
  // `searcher` may be nullptr: nothing is searched. `expected`: bytes that will come.
  Measure(const identity::Searcher* searcher, PixelZone pixels, std::uint64_t expected, bool keep);

  // Reject at the first identifier.
  base::Status write(base::ByteView bytes) override;
  // Reject when the end made a hit, or when it was not `expected` bytes.
  base::Status finish();

  std::uint64_t size() const { return size_; }
  std::uint32_t crc() const { return crc_; }
  Digest sha256() const { return sha256_; }  // after finish()
  base::Bytes take() { return std::move(kept_); }

 private:
  std::uint64_t part_end() const;
  base::Status search(base::ByteView bytes);
  base::Status next_part();

  const identity::Searcher* searcher_;
  PixelZone pixels_;
  std::uint64_t expected_;
  bool keep_;
  int part_ = 0;  // 0: before the pixel data, 1: in it, 2: behind it
  std::optional<identity::Searcher::Pass> pass_;
  std::uint64_t searched_ = 0;
  std::uint64_t size_ = 0;
  std::uint32_t crc_ = 0;
  seal::Sha256 hash_;
  Digest sha256_{};
  base::Bytes kept_;
};

// Everything of a small file at once.
base::Status search_whole(const identity::Searcher* searcher, base::ByteView bytes);

}  // namespace pack
