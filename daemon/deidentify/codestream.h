// Walks the marker segments of one compressed frame after the other, from the first to the last:
// between the scans and in the tile-parts too, and what stands behind the end of the image.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "deidentify/markers.h"
#include "dicom/window.h"

namespace deidentify {

// Bytes that are to go: cut out, or with zeros in their place where a length counts them.
struct Edit {
  std::uint64_t at = 0;
  std::uint64_t length = 0;
  base::Bytes instead;
  bool zeros = false;
};

struct Frame {
  std::uint64_t end = 0;    // behind the end of the image
  std::vector<Edit> edits;  // ascending
  std::string reason;       // why it is not understood; "": it is
};

class Codestream {
 public:
  // `source` from `begin` to `end` is all fragments, joined; `starts` where each begins.
  Codestream(Family family, const dicom::Source& source, std::uint64_t end,
             const std::vector<std::uint64_t>& starts)
      : family_(family), window_(source), end_(end), starts_(&starts) {}

  base::Result<Frame> walk(std::uint64_t begin);

 private:
  using Position = std::optional<std::uint64_t>;  // nullopt: not understood

  bool is_2000() const { return family_ == Family::Jpeg2000; }
  bool begins_fragment(std::uint64_t at) const;
  base::Result<bool> begins_image(std::uint64_t at);
  base::Result<std::uint16_t> marker(std::uint64_t at);
  base::Result<Position> skip_fill(std::uint64_t at);
  base::Result<Position> segment(std::uint64_t at, Frame& frame, bool in_tile);
  base::Result<Position> scan(std::uint64_t at);
  base::Result<Position> tile_part(std::uint64_t at, Frame& frame);
  base::Result<Position> tile_header(std::uint64_t at, Frame& frame);
  base::Result<Position> next(std::uint64_t at, Frame& frame);
  bool is_marker_byte(std::uint8_t second) const;

  Family family_;
  dicom::Window window_;
  std::uint64_t end_;
  const std::vector<std::uint64_t>* starts_;
  bool in_image_ = false;  // a scan or tile-part was there
};

}  // namespace deidentify
