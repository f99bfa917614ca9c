// The search for identifiers in what a bundle holds: all forms everywhere but in pixel data, where
// only long ones can be told from noise.
#pragma once

#include <optional>

#include "dicom/stream.h"
#include "identity/identifiers.h"

namespace verify {

// Where in a file the pixel data lies; [0, 0) where there is none.
struct PixelZone {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
// Reads the header of a DICOM file and searches its text values one by one, decoded, so that short
// identifiers and other spellings are found too. Reject when it cannot be read or has one.
base::Result<PixelZone> scan_header(const dicom::Source& file, const identity::Searcher& searcher);

// Every byte of one file, in pieces.
class Scan {
 public:
  Scan(const identity::Searcher& searcher, PixelZone pixels, std::uint64_t size)
      : searcher_(searcher), pixels_(pixels), size_(size), pass_(searcher) {}
  base::Status feed(base::ByteView bytes);  // Reject at the first hit
  base::Status finish();

 private:
  std::uint64_t part_end() const;
  base::Status next_part();

  const identity::Searcher& searcher_;
  PixelZone pixels_;
  std::uint64_t size_;
  int part_ = 0;  // 0: before the pixel data, 1: in it, 2: behind it
  std::uint64_t done_ = 0;
  identity::Searcher::Pass pass_;
};

base::Status scan_whole(const identity::Searcher& searcher, base::ByteView bytes,
                        const char* where);

}  // namespace verify
