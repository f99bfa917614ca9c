// Blanks a part of every frame of an instance. Native pixel data are patched while they are read;
// compressed frames are decoded, blanked and encoded again without loss, in their own family (RLE,
// JPEG, JPEG-LS, JPEG 2000), one at a time. The same input gives the same bytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"
#include "pixels/mask.h"

namespace pixels {

struct Areas {
  std::vector<Rectangle> blank;
  std::vector<Rectangle> keep;  // everything outside of these is blanked; empty: no such regions
};

// The regions of (0018,6011), both corners within. Reject when one is not a rectangle in the frame,
// or when together they leave nothing to blank: then they tell nothing about text.
base::Result<std::vector<Rectangle>> ultrasound_regions(const dicom::File& file);

struct Cleaned {
  dicom::Element pixel_data;
  dicom::TransferSyntax syntax;
  std::string photometric;                // (0028,0004) as it is now
  bool was_lossy = false;                 // by its transfer syntax, which does not say so any more
  bool may_be_padding = false;            // black is Pixel Padding Value too
  std::unique_ptr<dicom::Source> source;  // to write from, in place of the original, which it reads
};

// Reject when the pixels cannot be read for certain: never a part of them left as it was.
base::Result<Cleaned> clean(const dicom::File& file, const dicom::Source& source,
                            const Areas& areas);

}  // namespace pixels
