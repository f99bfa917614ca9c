// One blob on its way into the outbox: content, then zeros up to its padded size, sealed piece by
// piece into a descriptor (docs/share.md section 5).
#pragma once

#include <array>

#include "jobs/work.h"
#include "seal/stream.h"

namespace pack {

class SealedFile {
 public:
  // `file` must be empty and outlive this.
  static base::Result<SealedFile> create(int file, const base::SecretBytes& key,
                                         const std::array<std::uint8_t, 16>& id, std::uint8_t role);
  base::Status write(base::ByteView content);
  // Pads, seals the last segment and syncs.
  base::Result<jobs::SealedBlob> finish(bool pad);

 private:
  SealedFile(int file, seal::Sealer sealer) : file_(file), sealer_(std::move(sealer)) {}
  int file_;
  seal::Sealer sealer_;
  std::uint64_t length_ = 0;
};

// Leaves nothing of what was sealed into `file`.
base::Status emptied(int file);

}  // namespace pack
