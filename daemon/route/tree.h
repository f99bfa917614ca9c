// The condition tree as a value; only this room sees inside it.
#pragma once

#include <string>
#include <vector>

#include "route/condition.h"

namespace route {

class Condition {
 public:
  bool is_test = false;
  // A test:
  Subject subject;
  Test test;
  bool study_level = false;
  bool person_name = false;
  bool numeric = false;
  // A join:
  Join join = Join::All;
  std::vector<ConditionRef> inside;
};

// What a subject is in one instance: its values, padding taken off, empty ones left out.
struct Seen {
  std::vector<std::string> values;
  bool undecodable = false;
};
Seen look(const Condition& condition, const InstanceView& instance);
bool is_numeric(const std::string& vr);
Answer ask(const Condition& condition, const Seen& seen);
std::string to_string(const Test& test);  // "regex (?i)knee", "one of CT, MR"
std::string without_padding(std::string text, bool person_name);

// RE2 behind a wall: found anywhere in the subject, linear time, bounded memory.
bool found(const Pattern& pattern, const std::string& subject);
const std::string& text_of(const Pattern& pattern);
bool is_in_network(const std::string& address, const std::string& network, bool& telling);

}  // namespace route
