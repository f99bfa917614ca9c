#include "dicom/charset_table.h"

#include <algorithm>

namespace dicom::charset {

std::string plain_term(std::string_view term) {
  std::string plain;
  for (const char c : term) {
    if (c >= 'a' && c <= 'z') plain += static_cast<char>(c - 'a' + 'A');
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

const CharacterSet* by_registration(int number) {
  const auto* found = std::ranges::find(kSets, number, &CharacterSet::registration);
  return found != std::end(kSets) ? found : nullptr;
}

const CharacterSet* by_term(std::string_view term) {
  if (term.empty()) return by_registration(6);
  for (const std::string_view prefix : {"ISO2022IR", "ISOIR"}) {
    if (!term.starts_with(prefix)) continue;
    const auto digits = term.substr(prefix.size());
    for (const auto& set : kSets)
      if (digits == std::to_string(set.registration)) return &set;
  }
  return nullptr;
}

const char* whole_converter(std::string_view term) {
  for (const auto& whole : kWhole)
    if (term == whole.term) return whole.converter;
  return nullptr;
}

}  // namespace dicom::charset
