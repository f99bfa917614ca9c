// The command line: `dcmcourier`. Most commands ask dispatch over its socket; check, explain FILE,
// keys and pair work alone.
#pragma once

#include <string>

#include "control/control.h"

namespace command {

int run(int argc, char** argv);

// A reply for a person: text, then the table in columns; or, with --json, an array of objects.
std::string as_table(const control::Reply& reply);
std::string as_json(const control::Reply& reply);

// "90s", "15m", "12h", "3d" in seconds; 0 when it is none of these.
long parse_duration(const std::string& text);

}  // namespace command
