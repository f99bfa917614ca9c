// A stored blob, opened with its segment key: each stored segment is read once, hashed as it was
// read, and decrypted from that same memory, so that what was judged is what was hashed.
#pragma once

#include <memory>

#include "dicom/stream.h"
#include "jobs/verify.h"
#include "seal/primitives.h"
#include "seal/stream.h"
#include "verify/background.h"

namespace verify {

using Shared = std::shared_ptr<const base::Bytes>;

class Blob : public dicom::Source {
 public:
  // Reject when the key, the claimed lengths or the file's length do not agree. `blob` and
  // `background` must outlive this.
  static base::Result<std::unique_ptr<Blob>> open(const jobs::BlobToVerify& blob, bool padded,
                                                  Background& background);
  ~Blob() override;

  // Random access to the content without its padding.
  std::uint64_t size() const override { return length_; }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override;

  // The next piece of the content, front to back; empty at its end. Hashed into the content's
  // digest.
  base::Result<Shared> next();
  // After the last piece: Reject unless the padding is zeros and every segment was read; then what
  // the share will carry.
  base::Result<jobs::BlobDigests> finish();

 private:
  class Segments;
  Blob(std::unique_ptr<Segments> segments, seal::Opener opener, std::uint64_t length,
       Background& background);
  base::Status check_padding();

  std::unique_ptr<Segments> segments_;
  seal::Opener opener_;
  std::uint64_t length_;
  std::uint64_t position_ = 0;
  Background& background_;
  std::shared_ptr<seal::Sha256> content_;
};

}  // namespace verify
