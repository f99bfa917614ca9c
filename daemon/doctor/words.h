// Sizes and ages as people read them.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace doctor {

std::string size(std::int64_t bytes);                            // "12.3 GB"
std::string span(base::UnixSeconds seconds);                     // "3 d", "12 min"
std::string since(base::UnixSeconds at, base::UnixSeconds now);  // "3 d ago"

}  // namespace doctor
