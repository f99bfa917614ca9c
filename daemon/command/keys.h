// Making the keys that the daemon needs before its first start. Nothing is overwritten.
#pragma once

#include <string>

namespace command {

int create_keys(const std::string& config, const std::string& directory);
int pair_with_portal(const std::string& config, const std::string& directory);

}  // namespace command
