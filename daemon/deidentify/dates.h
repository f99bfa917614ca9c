// Dates by the letter of PS3.5 section 6.2: what is one, and the same so many days away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dicom/tag.h"

namespace deidentify {

// Every value of `text` (DA, DT; several stand between backslashes) moved by whole days; times,
// fractions, offsets and the precision of a partial DT stay, the old form 2023.05.17 becomes
// 20230517. nullopt when a value is not a date. TM and other VRs: as they are, when well formed.
std::optional<std::string> shift_dates(std::string_view text, dicom::VR vr, int days);

// What PS3.5 allows for a DA, DT, TM, AS or an offset from UTC, so that a kept value can hold
// nothing else.
bool is_well_formed_date(std::string_view text, dicom::VR vr);

}  // namespace deidentify
