// Where the code comes from: a file, standard input, or a person at the terminal (never echoed).
// Never the command line, which other users of the machine can read.
#pragma once

#include <string>

#include "base/result.h"
#include "share/link.h"

namespace opener {

// `file`: a path, "-" for standard input, or empty to ask at the terminal. The normal form; a code
// that cannot be one is Reject before it counts as an attempt (a person is asked again).
base::Result<std::string> ask_code(share::Mode mode, const std::string& file);

}  // namespace opener
