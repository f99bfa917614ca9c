// Writing to the spool, from inside one association. What commit() has returned for is durable and
// complete; a Writer that is dropped, or whose process dies, leaves nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/secret_bytes.h"
#include "disk/descriptor.h"
#include "seal/stream.h"
#include "spool/format.h"

namespace spool {

using AssociationId = std::array<std::uint8_t, 16>;

// The nameless file that an instance is sealed into while it arrives.
class Writer {
 public:
  base::Status write(base::ByteView content);  // RetryLater: no space, over the file size limit
  std::uint64_t content_size() const { return content_size_; }

 private:
  friend class Association;
  Writer(disk::Descriptor file, seal::Sealer sealer, std::uint32_t sequence)
      : file_(std::move(file)), sealer_(std::move(sealer)), sequence_(sequence) {}
  disk::Descriptor file_;
  seal::Sealer sealer_;
  std::uint32_t sequence_;
  std::uint64_t content_size_ = 0;
};

// One association's folder and key. It holds no key that opens what earlier associations wrote.
class Association {
 public:
  // `folder`: the association's own, open for as long as this lives. Draws the ephemeral key pair,
  // keeps only what it derives. AskAdministrator: the spool's point is not on the curve.
  static base::Result<Association> create(int folder, const AssociationId& id,
                                          base::ByteView spool_point);

  base::Result<Writer> begin();
  // What the next begin() gives is made now, while the sender thinks. Where that fails, begin()
  // tries again, and says why.
  void prepare();
  // Seals the end, fdatasync, gives the file its name, fsync of the folder. On a Fault nothing is
  // left, except where only the folder's fsync failed.
  base::Status commit(Writer writer);
  std::uint32_t stored() const { return header_.sequence; }

 private:
  Association(int folder, Header header, base::SecretBytes key)
      : folder_(folder), header_(header), key_(std::move(key)) {}
  base::Result<Writer> make() const;

  int folder_;
  Header header_;                   // its sequence is the last one stored
  std::uint64_t last_segment_ = 0;  // of the instance before: those of a series are alike
  base::SecretBytes key_;
  std::optional<Writer> prepared_;
};

}  // namespace spool
