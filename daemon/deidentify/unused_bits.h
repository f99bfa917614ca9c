// The bits of native pixels that no pixel uses: overlay planes hid there until 2004, and anything
// can. They become zero, or the sign of a signed pixel; the pixels themselves stay.
#pragma once

#include <optional>

#include "deidentify/frames.h"

namespace deidentify {

struct Cells {
  unsigned allocated = 0;  // 8, 16, 32 or 64 bits
  unsigned low = 0;        // the first bit that is used
  unsigned high = 0;       // the last
  bool is_signed = false;
  bool big_endian = false;
};

// nullopt: the attributes contradict each other. `allocated` 0: no bit is unused.
std::optional<Cells> cells_of(const dicom::File& file);

// Clears them in whole cells.
class ClearBits : public dicom::Filter {
 public:
  explicit ClearBits(const Cells& cells) : cells_(cells) {}
  std::size_t grain() const override { return cells_.allocated / 8; }
  void apply(std::uint64_t at, std::span<std::uint8_t> bytes) const override;

 private:
  Cells cells_;
};

// Quarantine where an overlay lies in bits that cannot be cleared.
base::Result<HiddenWork> clear_unused_bits(const dicom::File& original,
                                           const dicom::Source& source);

}  // namespace deidentify
