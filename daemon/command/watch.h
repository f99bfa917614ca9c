// Showing something again and again: in place on a terminal, one below the other elsewhere.
#pragma once

#include <functional>
#include <string>

namespace command {

// What a screen of that many lines and columns takes of the text, as one write that overwrites what
// stood there before.
std::string frame(const std::string& text, std::size_t lines, std::size_t columns);

// Until Ctrl-C or SIGTERM, which end the program with 0.
[[noreturn]] void watch(unsigned seconds, const std::function<std::string()>& draw);

}  // namespace command
