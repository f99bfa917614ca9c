// What --diff prints of one file: lines for a person, or a JSON object a line.
#pragma once

#include <string>
#include <vector>

#include "deidentify/difference.h"

namespace command {

std::string changes_as_text(const std::string& input, const std::string& quarantined,
                            const std::vector<deidentify::Change>& changes);
std::string changes_as_json(const std::string& input, const std::string& quarantined,
                            const std::vector<deidentify::Change>& changes);

}  // namespace command
