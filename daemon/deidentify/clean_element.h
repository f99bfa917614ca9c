// An element's text through the cleaner: decoded by its Specific Character Set, written in the
// same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deidentify/text_cleaner.h"
#include "dicom/data_set.h"

namespace deidentify {

struct CleanElement {
  bool undecodable = false;               // no instance may leave with it
  std::optional<dicom::Element> element;  // nullopt: nothing is left
  std::uint64_t homonyms = 0;
};
// `set`: the terms of (0008,0005) for this element's item.
CleanElement clean_element(const TextCleaner& cleaner, const dicom::Element& element,
                           const std::vector<std::string>& set);

}  // namespace deidentify
