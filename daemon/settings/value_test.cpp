#include "settings/value_test.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "settings/schema.h"
#include "settings/sop_classes.h"
#include "settings/values.h"

namespace settings {
namespace {

using route::Subject;
using route::Test;

const std::vector<std::string> kOperators = {"regex",   "exists", "less_than", "more_than",
                                             "between", "before", "after"};

std::optional<double> parse_decimal(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

class TestReader {
 public:
  TestReader(const Subject& subject, Complaints& complaints)
      : subject_(subject), vr_(route::value_representation(subject)), complaints_(complaints) {}

  std::optional<Test> read(const Node& node) {
    if (node.is_map()) return read_operators(node);
    auto values = read_values(node);
    if (!values) return std::nullopt;
    if (subject_.source == Subject::Source::CallerAddress) return route::InNetwork{*values};
    return route::OneOf{*values};
  }

 private:
  std::optional<std::vector<std::string>> read_values(const Node& node) {
    std::vector<Node> nodes = node.is_list() ? node.items : std::vector<Node>{node};
    if (nodes.empty()) return refuse(node, "an empty list matches nothing");
    std::vector<std::string> values;
    bool good = true;
    for (const Node& one : nodes) {
      auto value = read_value(one);
      if (value) values.push_back(std::move(*value));
      good = good && value.has_value();
    }
    return good ? std::optional(std::move(values)) : std::nullopt;
  }

  std::optional<std::string> read_value(const Node& node) {
    if (node.is_scalar() && !node.text.empty()) return checked(node);
    complaints_.add(node, "'" + subject_.name + "' needs a value",
                    "to ask for one that is missing, write {exists: false}");
    return std::nullopt;
  }

  std::optional<std::string> checked(const Node& node) {
    std::string wrong;
    if (subject_.source == Subject::Source::CallerAddress) wrong = check_network(node.text);
    const bool is_ae_title = subject_.source == Subject::Source::CalledAETitle ||
                             subject_.source == Subject::Source::CallingAETitle;
    if (is_ae_title) wrong = check_ae_title(node.text);
    if (!wrong.empty()) {
      complaints_.add(node, subject_.name + " " + wrong);
      return std::nullopt;
    }
    if (subject_.source != Subject::Source::SOPClass) return node.text;
    auto uid = find_sop_class(node.text);
    if (!uid) {
      complaints_.add(node, "unknown SOP class '" + node.text + "'",
                      did_you_mean(node.text, sop_class_keywords()));
    }
    return uid;
  }

  std::optional<Test> read_operators(const Node& node) {
    if (node.items.empty()) return refuse(node, "'" + subject_.name + "' needs a value");
    for (const Node& name : node.names) {
      if (std::find(kOperators.begin(), kOperators.end(), name.text) != kOperators.end()) continue;
      const std::string near = did_you_mean(name.text, kOperators);
      complaints_.add(name, "unknown test '" + name.text + "'",
                      near.empty()
                          ? "one of regex, exists, less_than, more_than, between, before, after"
                          : near);
      return std::nullopt;
    }
    if (const std::string wrong = unfit_source(node); !wrong.empty()) {
      return refuse(node.names[0], wrong);
    }
    const std::string& first = node.names[0].text;
    const bool alone = first == "regex" || first == "exists" || first == "between";
    if (alone && node.items.size() > 1) {
      return refuse(node.names[1], "'" + first + "' stands alone", "join several with all: [...]");
    }
    if (first == "regex") return read_regex(node.items[0]);
    if (first == "exists") return read_exists(node.items[0]);
    return first == "before" || first == "after" ? read_dates(node) : read_numbers(node);
  }

  std::string unfit_source(const Node& node) const {
    if (subject_.source == Subject::Source::Attribute) return "";
    const bool ae_title = subject_.source == Subject::Source::CalledAETitle ||
                          subject_.source == Subject::Source::CallingAETitle;
    if (ae_title && node.names[0].text == "regex") return "";
    return "'" + subject_.name + "' can only be compared with values";
  }

  std::optional<Test> read_regex(const Node& node) {
    if (!node.is_scalar()) return refuse(node, "regex must be text");
    auto pattern = route::compile_pattern(node.text);
    if (pattern.ok()) return std::move(pattern).value();
    return refuse(node, "invalid regex: " + pattern.fault().what, "RE2 syntax is meant");
  }

  std::optional<Test> read_exists(const Node& node) {
    route::Exists exists;
    const Key key{.name = "exists", .kind = Kind::Flag};
    if (!convert(node, key, complaints_, exists.wanted)) return std::nullopt;
    return exists;
  }

  std::optional<Test> read_numbers(const Node& node) {
    constexpr std::string_view kNumeric = "DS IS US SS UL SL FL FD SV UV";
    if (!vr_.empty() && kNumeric.find(vr_) == kNumeric.npos) {
      return refuse(node.names[0], "'" + subject_.name + "' (" + vr_ + ") is no number");
    }
    route::NumberRange range;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (!read_bound(node.names[i], node.items[i], range)) return std::nullopt;
    }
    return range;
  }

  bool read_bound(const Node& name, const Node& node, route::NumberRange& range) {
    if (name.text == "between") return read_between(node, range);
    if (name.text != "less_than" && name.text != "more_than") {
      complaints_.add(name, "'" + name.text + "' does not go with numbers");
      return false;
    }
    const auto number = node.is_scalar() ? parse_decimal(node.text) : std::nullopt;
    if (!number) complaints_.add(node, name.text + " must be a number");
    (name.text == "less_than" ? range.less_than : range.more_than) = number;
    return number.has_value();
  }

  bool read_between(const Node& node, route::NumberRange& range) {
    const bool two = node.is_list() && node.items.size() == 2 && node.items[0].is_scalar() &&
                     node.items[1].is_scalar();
    if (two) {
      range.least = parse_decimal(node.items[0].text);
      range.most = parse_decimal(node.items[1].text);
    }
    if (range.least && range.most && *range.least <= *range.most) return true;
    complaints_.add(node, "between must be two numbers, the smaller first", "write [1, 5]");
    return false;
  }

  std::optional<Test> read_dates(const Node& node) {
    if (!vr_.empty() && vr_ != "DA" && vr_ != "DT") {
      return refuse(node.names[0], "'" + subject_.name + "' (" + vr_ + ") is no date");
    }
    route::DateRange range;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string& word = node.names[i].text;
      if (word != "before" && word != "after") {
        return refuse(node.names[i], "'" + word + "' does not go with dates");
      }
      const Node& date = node.items[i];
      if (!date.is_scalar() || !route::is_date(date.text)) {
        return refuse(date, word + " must be a date, YYYYMMDD");
      }
      (word == "before" ? range.before : range.after) = date.text;
    }
    return range;
  }

  std::nullopt_t refuse(const Node& at, const std::string& what, const std::string& hint = {}) {
    complaints_.add(at, what, hint);
    return std::nullopt;
  }

  const Subject& subject_;
  std::string vr_;
  Complaints& complaints_;
};

}  // namespace

std::optional<Test> read_value_test(const Subject& subject, const Node& node,
                                    Complaints& complaints) {
  return TestReader(subject, complaints).read(node);
}

}  // namespace settings
