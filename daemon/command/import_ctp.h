// Prints the rows of a CTP script, one a device rule, or every line that has no rule.
#pragma once

#include <string>

namespace command {

int import_ctp_script(const std::string& path);

}  // namespace command
