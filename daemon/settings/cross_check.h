// What no single key can tell: names that must exist, values that exclude each other.
#pragma once

#include <vector>

#include "settings/node.h"
#include "settings/settings.h"

namespace settings {

// `routes` are the nodes of settings.routes, in the same order.
void cross_check(const Settings& settings, const Node& root, const std::vector<Node>& routes,
                 Complaints& complaints);

}  // namespace settings
