// Routes: conditions on the facts of a study, with three answers, and what follows when one
// matches. Pure: no clock, no file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sensitive.h"

namespace route {

enum class Answer : std::uint8_t { Yes, No, CannotTell };

// What a study is, for matching: one entry an instance. Origin values are the daemon's own
// (peer address), the rest comes from hostile bytes.
struct InstanceView {
  std::string calling_ae_title, called_ae_title, peer_address;
  std::string sop_class_uid;
  std::map<std::string, std::vector<std::string>> attributes;  // tag path -> UTF-8 values
  std::set<std::string> undecodable;                           // paths that cannot be told
};
using StudyView = base::Sensitive<std::vector<InstanceView>>;

// A compiled condition tree (all / any / not; equals, one of, regex (RE2), exists, numbers, dates
// on a tag by keyword or (gggg,eeee), nested paths with '.', AE titles, caller address).
class Condition;

struct RecipientRef {
  std::string name;  // a key of `recipients`, or empty when `by` is set
  std::string
      by;  // "referring_physician", "requesting_physician", "performing_physician", "institution"
};
struct Deidentification {
  bool none = false;                 // an identified share, with a purpose
  std::vector<std::string> options;  // configuration words
  bool drop_instance = false;
  bool vault = false;      // whom the pseudonym stands for is kept, sealed to keys.vault
  bool blocklist = false;  // cleaned text keeps all but what identifies
  std::vector<std::string> overrides;  // as deidentify/overrides.h writes them, sorted
};
struct SharePolicy {
  std::int64_t lifetime = 7 * 86400;  // seconds
  std::string purpose;
  bool code = true;  // access: code (default) or link_only
  bool compress = true;
  bool pad = true;
};
struct Rule {
  std::string name;
  std::shared_ptr<const Condition> match;
  std::vector<RecipientRef> recipients;
  std::vector<std::string> leave_out_sop_classes;  // UIDs
  std::vector<std::string> leave_out_modalities;
  Deidentification deidentify;
  SharePolicy share;
};

struct Reason {
  std::string condition;  // as written: "study_description: regex (?i)knee"
  Answer answer;
  std::string why;  // "is \"KNEE LEFT\"": may hold patient data; shown only by explain
};
struct RuleAnswer {
  std::string rule;
  Answer answer;
  std::vector<base::Sensitive<Reason>> reasons;
};

struct Recipient {
  std::string id, name, email, language = "en";
  bool operator_code = false;  // code: operator; otherwise agreed
  std::vector<std::string> known_as;
};
// The recipients that a rule names for this study; Reject when unknown or ambiguous (then: held).
base::Result<std::vector<std::string>> resolve(const Rule& rule,
                                               const std::vector<Recipient>& directory,
                                               const StudyView& study);

enum class Policy : std::uint8_t { FirstMatch, AllMatches };
struct Decision {
  std::vector<std::size_t> matches;  // indices of rules
  bool cannot_tell = false;          // a condition before the decision could not be evaluated: held
  std::vector<RuleAnswer> answers;   // of every rule looked at
};
Decision decide(const std::vector<Rule>& rules, Policy policy, const StudyView& study);

// Whether `leave_out` takes this instance from what the rule sends.
bool leaves_out(const Rule& rule, const InstanceView& instance);

// Every tag path that rules and directory look-ups ask for: what examine must report.
std::vector<std::string> wanted_paths(const std::vector<Rule>& rules);

}  // namespace route
