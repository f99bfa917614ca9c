// The frames of an instance one by one, decoded where they are compressed: for whoever looks at
// pixels. One frame is in memory at a time. What cannot be decoded is Reject, with a reason that
// may be shown.
#pragma once

#include <memory>

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"
#include "pixels/layout.h"

namespace pixels {

class Frames {
 public:
  // Both must outlive it. For an Outcome of the engine: its file, and its source.
  static base::Result<Frames> open(const dicom::File& file, const dicom::Source& source);
  Frames(Frames&&) noexcept;
  ~Frames();

  // Of what frame() gives: of compressed frames little endian, by pixel, 4:2:2 as YBRFull.
  const Layout& layout() const;
  base::Result<base::Bytes> frame(std::uint32_t number) const;  // from 0

 private:
  struct State;
  explicit Frames(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pixels
