// From the YAML beside a subject ("CT", [CT, MR], {regex: ...}, {more_than: 3}) to a test.
#pragma once

#include <optional>

#include "route/condition.h"
#include "settings/node.h"

namespace settings {

std::optional<route::Test> read_value_test(const route::Subject& subject, const Node& node,
                                           Complaints& complaints);

}  // namespace settings
