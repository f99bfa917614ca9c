#include "settings/match.h"

#include <algorithm>
#include <array>

#include "settings/schema.h"
#include "settings/sop_classes.h"
#include "settings/value_test.h"
#include "settings/values.h"

namespace settings {
namespace {

using route::ConditionRef;
using route::Join;

constexpr int kMaxDepth = 8;  // of conditions within conditions

struct JoinWord {
  std::string_view word;
  Join join;
  bool list;  // takes a list of maps, the others one map
  bool through_instances;
};
constexpr std::array<JoinWord, 5> kJoins{{{"all", Join::All, true, false},
                                          {"any", Join::Any, true, false},
                                          {"not", Join::Not, false, false},
                                          {"every_instance", Join::EveryInstance, false, true},
                                          {"one_instance", Join::OneInstance, false, true}}};

const JoinWord* find_join(const std::string& word) {
  const auto* found = std::find_if(kJoins.begin(), kJoins.end(),
                                   [&](const JoinWord& one) { return one.word == word; });
  return found == kJoins.end() ? nullptr : found;
}

// What a misspelt key may have meant, beside attributes.
std::string near_word(const std::string& name) {
  const std::string near = nearest(name, {"called_ae_title", "calling_ae_title", "caller_address",
                                          "sop_class", "every_instance", "one_instance"});
  return near.empty() ? "" : "did you mean '" + near + "'?";
}

class MatchReader {
 public:
  explicit MatchReader(Complaints& complaints) : complaints_(complaints) {}

  // The conditions of a map: all of them hold.
  std::vector<ConditionRef> read_map(const Node& node, int depth, bool through) {
    std::vector<ConditionRef> all;
    if (!node.is_map() || node.items.empty()) {
      complaints_.add(node, "conditions must be a map, such as {modality: CT}");
      return all;
    }
    if (depth > kMaxDepth) {
      complaints_.add(node, "conditions nested deeper than " + std::to_string(kMaxDepth));
      return all;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const JoinWord* join = find_join(node.names[i].text);
      ConditionRef one = join != nullptr
                             ? read_join(*join, node.names[i], node.items[i], depth, through)
                             : read_test(node.names[i], node.items[i]);
      if (one) all.push_back(std::move(one));
    }
    return all;
  }

 private:
  ConditionRef read_join(const JoinWord& join, const Node& name, const Node& node, int depth,
                         bool through) {
    const std::string word(join.word);
    if (join.through_instances && through) {
      complaints_.add(name, word + " stands within another instance condition");
      return nullptr;
    }
    const bool inner = through || join.through_instances;
    if (!join.list) return make_join(join.join, read_map(node, depth + 1, inner));
    if (!node.is_list() || node.items.empty()) {
      complaints_.add(node, word + " must be a list of conditions",
                      "write " + word + ": [{...}, {...}]");
      return nullptr;
    }
    std::vector<ConditionRef> inside;
    for (const Node& item : node.items) {
      inside.push_back(make_join(Join::All, read_map(item, depth + 1, inner)));
    }
    return make_join(join.join, std::move(inside));
  }

  ConditionRef read_test(const Node& name, const Node& node) {
    auto subject = route::parse_subject(name.text);
    if (!subject.ok()) {
      const std::string near = near_word(name.text);
      const bool has_hint = subject.fault().what.find(';') != std::string::npos;
      complaints_.add(name,
                      has_hint && !near.empty()
                          ? subject.fault().what.substr(0, subject.fault().what.find(';'))
                          : subject.fault().what,
                      near);
      return nullptr;
    }
    auto test = read_value_test(subject.value(), node, complaints_);
    if (!test) return nullptr;
    return make_test(std::move(subject).value(), std::move(*test));
  }

  Complaints& complaints_;
};

}  // namespace

ConditionRef read_match(const Node& node, Complaints& complaints) {
  if (!node.is_map() || node.items.empty()) {
    complaints.add(node, "match must name at least one condition",
                   "to match every study, name the called AE title");
    return nullptr;
  }
  const std::size_t before = complaints.size();
  auto all = MatchReader(complaints).read_map(node, 1, false);
  if (complaints.size() != before) return nullptr;
  return make_join(Join::All, std::move(all));
}

}  // namespace settings
