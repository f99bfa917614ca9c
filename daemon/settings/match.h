// From the YAML of a route's `match:` to the conditions of the route room.
#pragma once

#include "route/condition.h"
#include "settings/node.h"

namespace settings {

// nullptr after complaining.
route::ConditionRef read_match(const Node& node, Complaints& complaints);

}  // namespace settings
