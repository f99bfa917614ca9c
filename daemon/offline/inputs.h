// The files that a command was given: folders with all that is in them, in the order of their
// names.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace offline {

// Links to files are followed, links to folders within a folder are not. AskAdministrator: a path
// that is not there or cannot be read.
base::Result<std::vector<std::string>> gather(const std::vector<std::string>& paths);

// "DICM" behind the preamble.
bool is_part10(const std::string& path);

}  // namespace offline
