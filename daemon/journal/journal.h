// The journal: structured lines for administrators. systemd's journal with fields where stderr
// leads there, otherwise `<n>`-prefixed lines on stderr. Local ids only, never patient data.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace journal {

enum class Level : int { Error = 3, Warning = 4, Notice = 5, Info = 6 };
using Fields = std::vector<std::pair<std::string_view, std::string>>;  // names in lower case

void begin(std::string_view role);  // "dispatch": once, at the start of a program
void write(Level level, std::string_view message_id, std::string_view sentence,
           const Fields& fields = {});

}  // namespace journal
