// Documents made from a table: the commented sample, the manual page's list of keys, the JSON
// Schema. What they say is what the parser does, since both come from the same lines.
#pragma once

#include <string>

#include "settings/schema.h"

namespace settings {

// Keys with an example or that are required stand as they would be written, the others are
// commented out with their defaults. `heading` lines become comments.
std::string sample_of(const Shape& shape, const std::string& heading);
std::string manual_of(const Shape& shape);                                 // scdoc(5)
std::string json_schema_of(const Shape& shape, const std::string& title);  // draft 2020-12

// The daemon's own.
std::string sample();
std::string manual();
std::string json_schema();
// Of deidentify/*.yaml.
std::string site_sample();
std::string site_json_schema();

}  // namespace settings
