// Reading a Part 10 file (preamble, File Meta Information, data set) from hostile bytes: iterative,
// within limits, never past the source's end. What it accepts it has walked whole, every length
// checked; pixel data is skipped, not read.
#pragma once

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"

namespace dicom {

struct Limits {
  std::uint32_t depth = 64;  // nesting of sequences
  std::uint32_t elements = 2'000'000;
  std::uint64_t header_bytes = 256ull << 20;  // all values held in memory together
};

// Only the Part 10 head: the data set is located, not looked at, and `elements` stay empty.
base::Result<File> read_head(const Source& source);

// Reject with a reason without patient data ("odd length of (0010,0010)", "sequences nested deeper
// than 64", "length past the end in (7FE0,0010)", "tag out of order or twice: (0008,0060)"); never
// anything else unless the source itself fails.
base::Result<File> read_file(const Source& source, const Limits& limits = {});

}  // namespace dicom
