// Writes a ZIP (APPNOTE 6.3) front to back without ever looking back: each entry's size and CRC-32
// are known before its first byte, so that no data descriptor is needed, which readers that stream
// refuse. Zip64 fields stand only where a number does not fit. docs/package.md has the layout.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bundle/zip_layout.h"

namespace pack {

using bundle::Method;
using bundle::ZipEntry;

class ZipWriter {
 public:
  using Out = std::function<base::Status(base::ByteView)>;
  explicit ZipWriter(Out out) : out_(std::move(out)) {}

  // Writes the local header. After it exactly entry.stored bytes are to be given.
  base::Status begin(ZipEntry entry);
  base::Status give(base::ByteView stored);
  base::Status finish();  // central directory and what ends it

  std::uint64_t offset() const { return offset_; }  // of the next byte

 private:
  struct Placed {
    ZipEntry entry;
    std::uint64_t header_offset = 0;
  };
  base::Status write(base::ByteView bytes);
  void complete() const;

  Out out_;
  std::uint64_t offset_ = 0;
  std::uint64_t entry_end_ = 0;  // where the entry that was begun last must end
  std::vector<Placed> placed_;
};

}  // namespace pack
