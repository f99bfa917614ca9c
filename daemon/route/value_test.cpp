// One test on the values of one instance.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "route/tree.h"

namespace route {
namespace {

constexpr std::size_t kMaxSubject = 1 << 20;  // longer values are not searched: CannotTell

std::optional<double> to_number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = end == text.data() + text.size() && error == std::errc();
  return whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

int two_digits(std::string_view text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// The day of a DA or DT value; the dotted form of the standard's predecessor too.
std::optional<std::string> to_date(std::string_view text) {
  std::string digits(text.substr(0, 10));
  if (digits.size() == 10 && digits[4] == '.' && digits[7] == '.') {
    digits = digits.substr(0, 4) + digits.substr(5, 2) + digits.substr(8, 2);
  }
  digits.resize(std::min<std::size_t>(digits.size(), 8));
  return is_date(digits) ? std::optional(digits) : std::nullopt;
}

Answer told(bool yes) { return yes ? Answer::Yes : Answer::No; }

struct ValueTest {
  const Condition& condition;
  const std::string& value;

  Answer operator()(const OneOf& one_of) const {
    const auto number = condition.numeric ? to_number(value) : std::nullopt;
    const auto same = [&](const std::string& wanted) {
      if (value == without_padding(wanted, condition.person_name)) return true;
      return number && to_number(wanted) == number;
    };
    return told(std::any_of(one_of.values.begin(), one_of.values.end(), same));
  }
  Answer operator()(const Matches& matches) const {
    if (value.size() > kMaxSubject) return Answer::CannotTell;
    return told(found(*matches.pattern, value));
  }
  Answer operator()(const Exists& exists) const { return told(exists.wanted); }
  Answer operator()(const NumberRange& range) const {
    const auto number = to_number(value);
    if (!number) return Answer::CannotTell;
    return told((!range.more_than || *number > *range.more_than) &&
                (!range.less_than || *number < *range.less_than) &&
                (!range.least || *number >= *range.least) &&
                (!range.most || *number <= *range.most));
  }
  Answer operator()(const DateRange& range) const {
    const auto date = to_date(value);
    if (!date) return Answer::CannotTell;
    return told((range.after.empty() || *date > range.after) &&
                (range.before.empty() || *date < range.before));
  }
  Answer operator()(const InNetwork& in) const {
    Answer answer = Answer::No;
    for (const std::string& network : in.networks) {
      bool telling = false;
      const bool inside = is_in_network(value, network, telling);
      answer = either(answer, telling ? told(inside) : Answer::CannotTell);
    }
    return answer;
  }
};

std::vector<std::string> raw_values(const Condition& condition, const InstanceView& instance) {
  switch (condition.subject.source) {
    case Subject::Source::CalledAETitle:
      return {instance.called_ae_title};
    case Subject::Source::CallingAETitle:
      return {instance.calling_ae_title};
    case Subject::Source::CallerAddress:
      return {instance.peer_address};
    case Subject::Source::SOPClass:
      return {instance.sop_class_uid};
    case Subject::Source::Attribute:
      break;
  }
  const auto found = instance.attributes.find(condition.subject.path);
  return found == instance.attributes.end() ? std::vector<std::string>() : found->second;
}

}  // namespace

bool is_numeric(const std::string& vr) {
  constexpr std::string_view kNumeric = "DS IS US SS UL SL FL FD SV UV";
  return !vr.empty() && kNumeric.find(vr) != kNumeric.npos;
}

bool is_date(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 8 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
  const int year = two_digits(text, 0) * 100 + two_digits(text, 2);
  const int month = two_digits(text, 4), day = two_digits(text, 6);
  if (month < 1 || month > 12) return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day >= 1 && day <= kDays[month - 1] + (leap && month == 2 ? 1 : 0);
}

std::string without_padding(std::string text, bool person_name) {
  const std::string_view padding =
      person_name ? std::string_view(" \0^=", 4) : std::string_view(" \0", 2);
  const std::size_t last = text.find_last_not_of(padding);
  text.resize(last == text.npos ? 0 : last + 1);
  return text;
}

Seen look(const Condition& condition, const InstanceView& instance) {
  Seen seen;
  for (std::string& value : raw_values(condition, instance)) {
    std::string text = without_padding(std::move(value), condition.person_name);
    if (!text.empty()) seen.values.push_back(std::move(text));
  }
  seen.undecodable = condition.subject.source == Subject::Source::Attribute &&
                     instance.undecodable.contains(condition.subject.path);
  // The daemon always knows where an association came from; when it does not, nothing is told.
  if (condition.subject.source == Subject::Source::CallerAddress && seen.values.empty()) {
    seen.undecodable = true;
  }
  return seen;
}

Answer ask(const Condition& condition, const Seen& seen) {
  if (const auto* exists = std::get_if<Exists>(&condition.test)) {
    return told((seen.undecodable || !seen.values.empty()) == exists->wanted);
  }
  Answer answer = seen.undecodable ? Answer::CannotTell : Answer::No;
  for (const std::string& value : seen.values) {
    answer = either(answer, std::visit(ValueTest{condition, value}, condition.test));
  }
  return answer;
}

}  // namespace route
