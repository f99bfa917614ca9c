// What hides beside the pixels, taken out of every instance whatever its profile.
#pragma once

#include "deidentify/frames.h"

namespace deidentify {

base::Result<HiddenWork> clean_hidden(const dicom::File& original, const dicom::Source& source);
// What was made, over what the profile kept of the same tags.
void put_hidden(std::vector<dicom::Element>& elements, const HiddenWork& work);

}  // namespace deidentify
