// Whether an image may show a face, or let one be rebuilt from its slices (PS3.15 section E.3.2).
// Nothing takes a face away here: a route that declares that none may leave has such images held.
#pragma once

#include <optional>
#include <string>

#include "dicom/data_set.h"

namespace deidentify {

// nullopt: a projection, or a part of the body where no face is. What does not say its part, may.
std::optional<std::string> may_show_face(const dicom::File& original);

}  // namespace deidentify
