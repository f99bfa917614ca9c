// The conditions of a route, built from what the configuration says and asked with the facts of a
// study. Promise: Yes or No only when the facts tell; what differs where it must not, cannot be
// decoded or is no number is CannotTell, and Kleene's logic carries that upward.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "route/route.h"

namespace route {

Answer negate(Answer answer);
Answer both(Answer a, Answer b);    // No wins, then CannotTell
Answer either(Answer a, Answer b);  // Yes wins, then CannotTell

// What a condition looks at.
struct Subject {
  enum class Source : std::uint8_t {
    Attribute,
    CalledAETitle,
    CallingAETitle,
    CallerAddress,
    SOPClass,
  };
  Source source = Source::Attribute;
  std::string path;  // "0008103E", "00400275>00401001" for attributes
  std::string name;  // as the administrator wrote it
};
// "study_description", "StudyDescription", "(0008,1030)", nested with '.'; the four words for the
// association and the SOP class. Reject with the reason and, where there is one, a "did you mean".
base::Result<Subject> parse_subject(const std::string& name);
// Of one value for all instances of a study (PS3.3 Patient and Study IEs).
bool is_study_level(const Subject& subject);
// The VR's two letters, empty when the tag is in no dictionary.
std::string value_representation(const Subject& subject);

class Pattern;  // RE2, bounded memory
struct OneOf {
  std::vector<std::string> values;
};
struct Matches {
  std::shared_ptr<const Pattern> pattern;
};
struct Exists {
  bool wanted = true;  // present with a value
};
struct NumberRange {
  std::optional<double> more_than = {}, less_than = {}, least = {}, most = {};
};
struct DateRange {
  std::string after = {}, before = {};  // YYYYMMDD, exclusive; empty: open
};
struct InNetwork {
  std::vector<std::string> networks;  // address or address/prefix, valid
};
using Test = std::variant<OneOf, Matches, Exists, NumberRange, DateRange, InNetwork>;

// Reject with RE2's message when the pattern is none.
base::Result<Matches> compile_pattern(const std::string& pattern);
bool is_date(std::string_view text);  // YYYYMMDD, a day of the calendar

using ConditionRef = std::shared_ptr<const Condition>;
enum class Join : std::uint8_t {
  All,            // every condition inside holds
  Any,            // at least one does
  Not,            // the conditions inside do not all hold
  EveryInstance,  // each instance by itself satisfies the conditions inside
  OneInstance,    // at least one instance by itself satisfies all of them
};
ConditionRef make_test(Subject subject, Test test);
ConditionRef make_join(Join join, std::vector<ConditionRef> inside);

struct Evaluation {
  Answer answer = Answer::CannotTell;
  std::vector<base::Sensitive<Reason>> reasons;
};
Evaluation evaluate(const Condition& condition, const StudyView& study);
void collect_paths(const Condition& condition, std::vector<std::string>& into);
std::string to_string(const Condition& condition);  // as a route would write it, on one line
std::string to_string(Answer answer);               // "yes", "no", "cannot tell"

}  // namespace route
