// `dcmcourier doctor`: a line for each finding, or all of them as JSON.
#pragma once

#include <string>

#include "doctor/examine.h"

namespace command {

std::string line_of(const doctor::Finding& finding);
std::string as_json(const doctor::Findings& findings);
int run_doctor(const doctor::Request& request, bool json);

}  // namespace command
