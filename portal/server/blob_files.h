// The folder of ciphertext: DIRECTORY/blobs/<id> and beside it <id>.sums, the SHA-256 of each
// stored segment of 1 MiB. Its promise: what is reported as stored is synced; what is erased is
// unlinked and the folder synced.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "disk/descriptor.h"
#include "portal/digest.h"
#include "share/link.h"

namespace portal {

inline constexpr std::uint64_t kSegment = std::uint64_t{1} << 20;

// One upload that is being written: content goes to its end, digests of full segments beside it.
class BlobWriter {
 public:
  std::uint64_t size() const { return size_; }
  base::Status append(base::ByteView bytes);
  // A sync that failed has lost nobody knows what, and a second one would not tell: all of it is
  // dropped, and the upload begins anew.
  base::Status sync();
  // Drops everything from `size` on, as if it had never come.
  base::Status cut_back(std::uint64_t size);

 private:
  friend class BlobFiles;
  base::Status begin();  // recounts what is there
  base::Status hash_from(std::uint64_t segment);
  base::Status segment_done();
  base::Status sync_all(int folder);
  base::Status believe(base::Status synced);
  disk::Descriptor content_, sums_;
  std::uint64_t size_ = 0;
  static constexpr std::uint64_t kWriteBehind = std::uint64_t{8} << 20;
  disk::WriteBehind behind_{kWriteBehind, 0};
  Sha256 segment_;
};

struct Finished {
  Digest sums{};                 // h(sums)
  std::optional<Digest> sha256;  // of the content, when asked for
};

class BlobFiles {
 public:
  static base::Result<BlobFiles> open(const std::string& directory);

  base::Result<BlobWriter> write(const share::Id& id) const;  // creates it
  // `alone`: nobody writes to it at this moment, so that what a failed sync has lost can be
  // dropped.
  base::Result<std::uint64_t> synced_size(const share::Id& id, bool alone) const;
  // Writes the last digest, syncs content, sums and folder. `recount` hashes the stored bytes again
  // instead of trusting what was noted while receiving.
  base::Result<Finished> finish(const share::Id& id, bool recount, bool whole) const;

  base::Result<disk::Descriptor> read(const share::Id& id) const;
  base::Result<disk::Descriptor> read_sums(const share::Id& id) const;
  base::Status erase(const std::vector<share::Id>& ids) const;
  base::Result<std::vector<share::Id>> list() const;  // whatever has a file
  base::Result<std::uint64_t> free_bytes() const;

 private:
  disk::Descriptor folder_;
};

}  // namespace portal
