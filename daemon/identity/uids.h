// What of a UID is searched for: enough to recognise it and its sisters, never what others share.
#pragma once

#include <string>
#include <string_view>

#include "dicom/tag.h"

namespace identity {

// The UID without its last component, so that a study of 20,000 instances has a handful of
// identifiers; the whole UID where that would be an organisation's root; empty for UIDs that the
// standard or a product registers for everybody.
std::string searched_part(std::string_view uid);

// Study, series, SOP instance and frame of reference, and references to them.
bool names_instances(dicom::Tag tag);

}  // namespace identity
