// Native pixel data up to the end of their last frame.
#pragma once

#include "deidentify/frames.h"

namespace deidentify {

// Longer ones are cut, and offset tables of what has no fragments are gone. Nothing is read: the
// bytes that stay are the original's.
HiddenWork cut_behind_frames(const dicom::File& original);

}  // namespace deidentify
