// What happens to one content item of a structured report (PS3.15 section E.3.4): by the name of
// its concept and its value type, in config/deidentify/sr_concept_actions.tsv; what the table does
// not name, by its value type alone.
#pragma once

#include <vector>

#include "deidentify/decide.h"
#include "dicom/data_set.h"

namespace deidentify {

struct ContentDecision {
  enum class What : std::uint8_t {
    Removed,  // with all that is below it
    ByRules,  // every attribute as anywhere else
    Said,     // the attribute `value` by `decision`, the others as anywhere else
    Cleaned,  // `value` is free text: cleaned, or a dummy
  };
  What what;
  dicom::Tag value;
  Decision decision;
};

// `fixed`: other items point here by position, so that none may go; a dummy takes its place.
ContentDecision decide_content(const std::vector<dicom::Element>& item, const Rules& rules,
                               bool fixed);

// Content items of a report's tree, of an acquisition's context, of a specimen's preparation.
bool holds_content(dicom::Tag sequence);
// Items point to each other by position, anywhere in the tree.
bool has_references(const dicom::Element& sequence);
// A code of the sender's own making, whose meaning may be any text.
bool is_local_code(const std::vector<dicom::Element>& code);

}  // namespace deidentify
