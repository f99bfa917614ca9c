// Looking people up by what a study says of them: which attributes name a person, and how two
// spellings of one name are known to be the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace route {

inline constexpr std::string_view kModalityPath = "00080060";

// "referring_physician", "requesting_physician", "performing_physician", "institution".
std::vector<std::string> directory_words();
// The tag paths that a look-up reads; empty for another word.
std::vector<std::string> directory_paths(std::string_view by);

// The alphabetic group without trailing ^ and spaces, runs of spaces one, letters in lower case
// (Latin, Greek, Cyrillic).
std::string fold_name(std::string_view name);
// "NPI:1234567890": a coding scheme and a value, not a name.
bool is_code(std::string_view known_as);

}  // namespace route
