// Compressed pixel data without what hides beside the pixels: comments, segments of applications,
// bytes behind the end of an image. Nothing is encoded anew: what stays is read from where it lies,
// and the offset tables tell where that is now.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stitched.h"

namespace deidentify {

// What is done to pixel data before anything else.
struct HiddenWork {
  std::string reason;                             // of quarantine; "": none
  std::vector<dicom::Element> elements;           // instead of those of the same tag
  std::vector<dicom::Tag> gone;                   // that no longer tell the truth
  std::shared_ptr<dicom::StitchedSource> source;  // of their extents, when it is not the original
  std::uint64_t cleaned = 0;                      // frames, or images
};

// `original` may be of `source` alone; both must outlive what comes back.
base::Result<HiddenWork> strip_frames(const dicom::File& original, const dicom::Source& source);

}  // namespace deidentify
