// Device rules from a script of the RSNA CTP's DicomPixelAnonymizer: "{ signature } (x,y,w,h) ...",
// anything outside of braces and parentheses being a comment. Strict: what a rule cannot express is
// a complaint by its name, and nothing is left out in silence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deidentify {

struct Complaint {
  std::uint32_t line = 0;
  std::string what;
};

struct Imported {
  std::vector<std::string> rows;  // as in config/deidentify/burned_in_regions.tsv, one a region
  std::vector<Complaint> complaints;
};

// Case is never looked at in our rules, and every rule that matches blanks, not the first alone: an
// imported rule blanks what CTP does and may blank more.
Imported import_ctp(std::string_view script);

}  // namespace deidentify
