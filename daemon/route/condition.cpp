#include "route/condition.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "route/tree.h"

namespace route {
namespace {

using Instances = std::vector<InstanceView>;
constexpr std::size_t kValuesShown = 3;
constexpr std::size_t kLengthShown = 64;

std::string shown(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    std::size_t length = std::min(value.size(), kLengthShown);
    while (length < value.size() && (static_cast<unsigned char>(value[length]) & 0xC0) == 0x80) {
      --length;
    }
    text += (text.empty() ? "\"" : "\\\"") + value.substr(0, length);
    text += length < value.size() ? "...\"" : "\"";
  }
  return text;
}

// Asks a tree about a study. Tests look at all instances, or at one when inside a join that
// goes through them; study-level tests are about the study either way, so asked once.
class Inquiry {
 public:
  explicit Inquiry(const Instances& study) : study_(study) {}

  Answer ask_all(const Condition& condition) {
    if (study_.empty()) return Answer::CannotTell;
    return ask_tree(condition, nullptr);
  }
  std::vector<base::Sensitive<Reason>> take_reasons() { return std::move(reasons_); }

 private:
  struct Found {
    std::map<std::vector<std::string>, std::size_t> distinct;  // values -> instances
    std::size_t undecodable = 0;
  };

  Answer ask_tree(const Condition& condition, const InstanceView* one) {
    if (condition.is_test) return ask_test(condition, one);
    const bool through =
        condition.join == Join::EveryInstance || condition.join == Join::OneInstance;
    if (through && one == nullptr) return ask_each(condition);
    return ask_joined(condition, one);
  }

  // No short cut: an explanation shows every condition's answer.
  Answer ask_joined(const Condition& condition, const InstanceView* one) {
    const bool any = condition.join == Join::Any;
    Answer answer = any ? Answer::No : Answer::Yes;
    for (const ConditionRef& inner : condition.inside) {
      const Answer next = ask_tree(*inner, one);
      answer = any ? either(answer, next) : both(answer, next);
    }
    return condition.join == Join::Not ? negate(answer) : answer;
  }

  Answer ask_each(const Condition& condition) {
    const bool every = condition.join == Join::EveryInstance;
    Answer answer = every ? Answer::Yes : Answer::No;
    std::size_t counts[3] = {0, 0, 0};
    for (const InstanceView& instance : study_) {
      const Answer here = ask_joined(condition, &instance);
      ++counts[static_cast<std::size_t>(here)];
      answer = every ? both(answer, here) : either(answer, here);
    }
    std::ostringstream why;
    why << "of " << study_.size() << " instances " << counts[0] << " yes, " << counts[1] << " no, "
        << counts[2] << " cannot tell";
    tell(condition, answer, why.str());
    return answer;
  }

  Answer ask_test(const Condition& condition, const InstanceView* one) {
    if (one != nullptr && !condition.study_level) return ask(condition, look(condition, *one));
    if (const auto known = asked_.find(&condition); known != asked_.end()) return known->second;
    const Found found = look_at_all(condition);
    const bool differs = condition.study_level && found.distinct.size() > 1 &&
                         !std::holds_alternative<Exists>(condition.test);
    Answer answer = differs ? Answer::CannotTell : ask_found(condition, found);
    const bool unclear = condition.study_level && found.undecodable > 0 &&
                         !std::holds_alternative<Exists>(condition.test);
    if (unclear) answer = Answer::CannotTell;
    tell(condition, answer, why(found, differs));
    asked_[&condition] = answer;
    return answer;
  }

  Found look_at_all(const Condition& condition) const {
    Found found;
    for (const InstanceView& instance : study_) {
      Seen seen = look(condition, instance);
      if (seen.undecodable) ++found.undecodable;
      if (!seen.values.empty()) ++found.distinct[std::move(seen.values)];
    }
    return found;
  }

  static Answer ask_found(const Condition& condition, const Found& found) {
    // exists: about the study, so "no instance has it" is the whole of exists: false.
    if (const auto* exists = std::get_if<Exists>(&condition.test)) {
      const bool present = found.undecodable > 0 || !found.distinct.empty();
      return present == exists->wanted ? Answer::Yes : Answer::No;
    }
    Answer answer = found.undecodable > 0 ? Answer::CannotTell : Answer::No;
    for (const auto& [values, instances] : found.distinct) {
      answer = either(answer, ask(condition, Seen{values, false}));
    }
    return answer;
  }

  static std::string why(const Found& found, bool differs) {
    if (found.distinct.empty()) return found.undecodable > 0 ? "cannot be decoded" : "is absent";
    std::string text = differs ? "differs between instances: " : "is ";
    std::size_t count = 0;
    for (const auto& [values, instances] : found.distinct) {
      if (count == kValuesShown) {
        text += " and " + std::to_string(found.distinct.size() - count) + " more";
        break;
      }
      text += (count++ == 0 ? "" : ", ") + shown(values);
    }
    if (found.undecodable > 0) {
      text += "; cannot be decoded in " + std::to_string(found.undecodable) + " instances";
    }
    return text;
  }

  void tell(const Condition& condition, Answer answer, std::string why) {
    reasons_.emplace_back(Reason{to_string(condition), answer, std::move(why)});
  }

  const Instances& study_;
  std::map<const Condition*, Answer> asked_;
  std::vector<base::Sensitive<Reason>> reasons_;
};

const char* word_of(Join join) {
  switch (join) {
    case Join::All:
      return "all";
    case Join::Any:
      return "any";
    case Join::Not:
      return "not";
    case Join::EveryInstance:
      return "every_instance";
    case Join::OneInstance:
      return "one_instance";
  }
  return "";
}

}  // namespace

Answer negate(Answer answer) {
  if (answer == Answer::CannotTell) return answer;
  return answer == Answer::Yes ? Answer::No : Answer::Yes;
}

Answer both(Answer a, Answer b) {
  if (a == Answer::No || b == Answer::No) return Answer::No;
  return a == Answer::Yes && b == Answer::Yes ? Answer::Yes : Answer::CannotTell;
}

Answer either(Answer a, Answer b) { return negate(both(negate(a), negate(b))); }

ConditionRef make_test(Subject subject, Test test) {
  auto condition = std::make_shared<Condition>();
  condition->is_test = true;
  condition->study_level = is_study_level(subject);
  const std::string vr = value_representation(subject);
  condition->person_name = vr == "PN";
  condition->numeric = is_numeric(vr);
  condition->subject = std::move(subject);
  condition->test = std::move(test);
  return condition;
}

ConditionRef make_join(Join join, std::vector<ConditionRef> inside) {
  auto condition = std::make_shared<Condition>();
  condition->join = join;
  condition->inside = std::move(inside);
  return condition;
}

Evaluation evaluate(const Condition& condition, const StudyView& study) {
  Inquiry inquiry(study.reveal());
  Evaluation evaluation;
  evaluation.answer = inquiry.ask_all(condition);
  evaluation.reasons = inquiry.take_reasons();
  return evaluation;
}

void collect_paths(const Condition& condition, std::vector<std::string>& into) {
  if (condition.is_test && condition.subject.source == Subject::Source::Attribute) {
    into.push_back(condition.subject.path);
  }
  for (const ConditionRef& inner : condition.inside) collect_paths(*inner, into);
}

std::string to_string(const Condition& condition) {
  if (condition.is_test) return condition.subject.name + ": " + to_string(condition.test);
  std::string text;
  for (const ConditionRef& inner : condition.inside) {
    text += (text.empty() ? "" : ", ") + to_string(*inner);
  }
  return std::string(word_of(condition.join)) + ": {" + text + "}";
}

std::string to_string(Answer answer) {
  if (answer == Answer::CannotTell) return "cannot tell";
  return answer == Answer::Yes ? "yes" : "no";
}

}  // namespace route
