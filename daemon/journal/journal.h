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

// "dispatch": once, at the start of a program. Connects to the journal, so that a process that is
// confined later writes to it with no more than this descriptor.
void begin(std::string_view role, const char* socket = "/run/systemd/journal/socket");
int descriptor();  // -1: lines go to stderr
void write(Level level, std::string_view message_id, std::string_view sentence,
           const Fields& fields = {});
// A value as it stands in a line: nothing in it can pass for another field.
std::string shown(std::string_view value);

}  // namespace journal
