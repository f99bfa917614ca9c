// What became of an instance, element by element: the original beside what the engine made of it,
// with the reasons that its trace has. For people and before going live; nothing is decided here.
#pragma once

#include <string>
#include <vector>

#include "deidentify/engine.h"
#include "deidentify/trace.h"

namespace deidentify {

struct Change {
  std::size_t depth = 0;
  std::string place;    // "(0040,0275)[1](0008,0050)"
  std::string keyword;  // of PS3.6; empty: unknown or private
  std::string vr;
  std::string action;  // kept, removed, emptied, replaced, mapped, shifted, pseudonym, added, items
  std::string reason;  // the row, the option, or who took it away later
  std::string before, after;  // "••• (12)": hidden, with its length; "-": none
};

// With `show_values` the values are text as people read it: identifiers too.
std::vector<Change> difference(const dicom::File& original, const dicom::File& made,
                               const Trace& trace, bool show_values);

}  // namespace deidentify
