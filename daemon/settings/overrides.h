// deidentify.overrides of a route: single attributes, by keyword or (gggg,eeee).
#pragma once

#include <string>
#include <vector>

#include "settings/schema.h"

namespace settings {

struct OverrideText {
  std::string attribute, action, value;
};
Table<OverrideText> override_table();
// As deidentify/overrides.h writes them, sorted; complains about what the engine will not do.
void read_overrides(std::vector<std::string>& to, const Node& node, const Key& key,
                    Complaints& complaints);

}  // namespace settings
