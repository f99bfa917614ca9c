#include "dicom/vr.h"

#include <algorithm>
#include <iterator>

namespace dicom {
namespace {

template <std::size_t N>
bool is_one_of(VR vr, const VR (&list)[N]) {
  return std::find(std::begin(list), std::end(list), vr) != std::end(list);
}

constexpr VR kShortLength[] = {"CS", "DS", "IS", "LO", "SH", "UI", "DA", "TM", "PN", "US", "FD",
                               "FL", "UL", "SL", "SS", "ST", "LT", "DT", "AE", "AS", "AT"};
constexpr VR kTwo[] = {"US", "SS", "OW", "AT"};
constexpr VR kFour[] = {"UL", "SL", "FL", "OL", "OF"};
constexpr VR kEight[] = {"FD", "OD", "OV", "SV", "UV"};
constexpr VR kText[] = {"LO", "SH", "PN", "ST", "LT", "UT", "UC"};
constexpr VR kAscii[] = {"CS", "DS", "IS", "UI", "DA", "TM", "DT", "AE", "AS", "UR"};
constexpr VR kSingleValued[] = {"ST", "LT", "UT", "UR"};

}  // namespace

bool has_long_length(VR vr) { return !is_one_of(vr, kShortLength); }

bool is_well_formed(VR vr) {
  return std::all_of(std::begin(vr.letters), std::end(vr.letters),
                     [](char letter) { return letter >= 'A' && letter <= 'Z'; });
}

std::size_t word_size(VR vr) {
  if (is_one_of(vr, kTwo)) return 2;
  if (is_one_of(vr, kFour)) return 4;
  return is_one_of(vr, kEight) ? 8 : 1;
}

bool is_text(VR vr) { return is_one_of(vr, kText); }
bool is_ascii(VR vr) { return is_one_of(vr, kAscii); }
bool is_multi_valued(VR vr) {
  return (is_text(vr) || is_ascii(vr)) && !is_one_of(vr, kSingleValued);
}
char padding(VR vr) { return (is_text(vr) || is_ascii(vr)) && vr != VR("UI") ? ' ' : '\0'; }

}  // namespace dicom
