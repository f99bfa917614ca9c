// Tests as a route would write them, for explanations.
#include <fmt/format.h>

#include "route/tree.h"

namespace route {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  return texts.size() == 1 ? texts[0] : fmt::format("one of {}", fmt::join(texts, ", "));
}

struct Describer {
  std::string operator()(const OneOf& one_of) const { return joined(one_of.values); }
  std::string operator()(const Matches& matches) const {
    return "regex " + text_of(*matches.pattern);
  }
  std::string operator()(const Exists& exists) const {
    return exists.wanted ? "exists" : "does not exist";
  }
  std::string operator()(const NumberRange& range) const {
    std::vector<std::string> parts;
    if (range.more_than) parts.push_back(fmt::format("more than {}", *range.more_than));
    if (range.less_than) parts.push_back(fmt::format("less than {}", *range.less_than));
    if (range.least && range.most) {
      parts.push_back(fmt::format("between {} and {}", *range.least, *range.most));
    }
    return fmt::format("{}", fmt::join(parts, " and "));
  }
  std::string operator()(const DateRange& range) const {
    std::vector<std::string> parts;
    if (!range.after.empty()) parts.push_back("after " + range.after);
    if (!range.before.empty()) parts.push_back("before " + range.before);
    return fmt::format("{}", fmt::join(parts, " and "));
  }
  std::string operator()(const InNetwork& in) const { return joined(in.networks); }
};

}  // namespace

std::string to_string(const Test& test) { return std::visit(Describer{}, test); }

}  // namespace route
