// Storage SOP classes by the standard's keywords, so that a configuration need not hold UIDs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace settings {

// "XRayRadiationDoseSRStorage", or a UID as it is; nullopt for neither.
std::optional<std::string> find_sop_class(const std::string& keyword_or_uid);
std::vector<std::string> sop_class_keywords();

}  // namespace settings
