// A route's own word on single attributes, before the table's (lookup order: what never leaves, the
// pseudonym, these, the options, the Basic Profile).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "deidentify/choices.h"

namespace deidentify {

// "keep 00181030", "remove 00081010", "replace 00080080 TRIAL 12": as jobs and the ledger have it.
std::string written(const Override& override_);
// Reject: not written so, or something that the engine will not do (reason_against).
base::Result<std::vector<Override>> parse_overrides(const std::vector<std::string>& written);

// Why it will not: UIDs, the pseudonym, what describes the image, what the table does not speak of;
// to keep what identifies; a value that is none of its VR. Empty: it will.
std::string reason_against(const Override& override_);

}  // namespace deidentify
