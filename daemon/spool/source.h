// A sealed spool file as a dicom::Source. (spool knows files, dicom knows streams; this is the
// seam.)
#pragma once

#include "base/secret_bytes.h"
#include "dicom/stream.h"
#include "seal/stream.h"
#include "spool/format.h"

namespace spool {

// Reads through the sealed stream behind the spool header of `file` (a descriptor that must outlive
// it).
class SealedSource : public dicom::Source {
 public:
  static base::Result<SealedSource> open(int file, base::SecretBytes segment_key);
  std::uint64_t size() const override;
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  explicit SealedSource(seal::Opener opener) : opener_(std::move(opener)) {}
  seal::Opener opener_;
};

// Of an open spool file. Reject: not one of ours.
base::Result<Header> read_header(int file);

// The key that opens just this file, for whoever holds the spool's private key. The association,
// sequence and folder are the caller's to compare with read_header.
base::Result<base::SecretBytes> segment_key(int file, const base::SecretBytes& spool_scalar,
                                            base::ByteView spool_point);

}  // namespace spool
