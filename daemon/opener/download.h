// A blob of the grant, fetched and judged: each sealed segment is hashed before anything is
// decrypted, then length, padding and digest of the content are checked. Only ciphertext touches
// the disk here.
#pragma once

#include "disk/descriptor.h"
#include "opener/progress.h"
#include "opener/session.h"
#include "seal/stream.h"
#include "share/grant.h"

namespace opener {

class Download {
 public:
  // `folder`: where the sealed bytes may lie, in a file without a name.
  static base::Result<Download> fetch(Session& session, const share::GrantedBlob& blob, int folder,
                                      Progress& progress);
  std::uint64_t size() const { return length_; }  // of the content
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const;

 private:
  Download(disk::Descriptor file, seal::Opener content, std::uint64_t length)
      : file_(std::move(file)), content_(std::move(content)), length_(length) {}
  disk::Descriptor file_;
  seal::Opener content_;
  std::uint64_t length_;
};

// Hashes consecutive sealed bytes segment by segment against the sums and writes what is right.
class SegmentCheck {
 public:
  SegmentCheck(base::Bytes sums, std::uint64_t sealed_length, int file);
  base::Status take(base::ByteView bytes);
  bool complete() const { return written_ == sealed_length_; }

 private:
  base::Status flush();
  std::size_t wanted() const;
  base::Bytes sums_;
  std::uint64_t sealed_length_;
  int file_;
  std::uint64_t written_ = 0;
  base::Bytes segment_;
};

// The content's length is n, what follows it is zeros, and its digest is the grant's.
base::Status check_content(const seal::Opener& content, const share::GrantedBlob& blob,
                           Progress& progress);

}  // namespace opener
