#include "deidentify/ctp_signature.h"

#include <algorithm>
#include <charconv>

#include "dicom/vr.h"

namespace deidentify {
namespace {

constexpr std::size_t kMostAlternatives = 64;
constexpr unsigned kDeepest = 32;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

char sign_of(std::string_view method) {
  if (method == "equals" || method == "equalsIgnoreCase") return '=';
  return method == "contains" || method == "containsIgnoreCase" ? '~' : '\0';
}

}  // namespace

std::nullopt_t CtpSignature::wrong(std::string what) {
  if (complaint_.empty()) complaint_ = std::move(what);
  return std::nullopt;
}

char CtpSignature::peek() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool CtpSignature::take(char c) {
  if (peek() != c) return false;
  ++at_;
  return true;
}

std::string CtpSignature::word() {
  peek();
  const auto begin = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

std::optional<Alternatives> CtpSignature::parse() {
  auto parsed = any();
  if (parsed && peek() != '\0') return wrong("an operator (+ or *) is missing");
  return parsed;
}

CtpSignature::Parsed CtpSignature::any() {
  auto whole = all();
  while (whole && take('+')) {
    auto more = all();
    if (!more) return std::nullopt;
    std::move(more->begin(), more->end(), std::back_inserter(*whole));
    if (whole->size() > kMostAlternatives) return wrong("more than 64 alternatives");
  }
  return whole;
}

// (a + b) * c is a * c + b * c.
CtpSignature::Parsed CtpSignature::all() {
  auto whole = one();
  while (whole && take('*')) {
    const auto more = one();
    if (!more) return std::nullopt;
    if (whole->size() * more->size() > kMostAlternatives) return wrong("more than 64 alternatives");
    Alternatives both;
    for (const auto& left : *whole)
      for (const auto& right : *more) {
        both.push_back(left);
        both.back().insert(both.back().end(), right.begin(), right.end());
      }
    whole = std::move(both);
  }
  return whole;
}

CtpSignature::Parsed CtpSignature::one() {
  if (peek() == '!') return wrong("! cannot be expressed in a device rule");
  if (!take('(')) return test();
  if (++depth_ > kDeepest) return wrong("parentheses nested deeper than 32");
  auto inside = any();
  --depth_;
  if (inside && !take(')')) return wrong("a ) is missing");
  return inside;
}

CtpSignature::Parsed CtpSignature::test() {
  CtpTest test;
  const auto keyword = attribute();
  if (!keyword) return std::nullopt;
  if (!take('.')) return wrong("a . and a method are missing behind " + *keyword);
  const auto method = word();
  test.sign = sign_of(method);
  if (test.sign == '\0') {
    return wrong(method.empty() ? "a method is missing behind " + *keyword
                                : method + " cannot be expressed in a device rule");
  }
  if (!take('(')) return wrong("a ( is missing behind " + method);
  const auto value = quoted();
  if (!value) return std::nullopt;
  if (!take(')')) return wrong("a ) is missing");
  test.keyword = *keyword;
  test.word = *value;
  return Alternatives{{std::move(test)}};
}

std::optional<std::string> CtpSignature::attribute() {
  if (peek() == '[') return numbered_attribute();
  auto keyword = word();
  if (keyword.empty()) return wrong("an attribute is expected");
  if (keyword == "true" || keyword == "false")
    return wrong(keyword + " cannot be expressed in a device rule");
  if (peek() == ':') return wrong("a path of attributes cannot be expressed in a device rule");
  if (keyword != "ImplementationVersionName" && !dicom::find_entry(keyword))
    return wrong("an unknown attribute: " + keyword);
  return keyword;
}

// [gggg,eeee]
std::optional<std::string> CtpSignature::numbered_attribute() {
  take('[');
  std::uint16_t number[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    const auto digits = word();
    const auto* end = digits.data() + digits.size();
    const auto [behind, error] = std::from_chars(digits.data(), end, number[i], 16);
    const bool read = error == std::errc() && behind == end && digits.size() == 4;
    if (!read || !take(i == 0 ? ',' : ']')) return wrong("an attribute like [0008,0060]");
  }
  const dicom::Tag tag{number[0], number[1]};
  if (tag.is_private()) return wrong("a private attribute cannot be expressed in a device rule");
  const auto* entry = dicom::find_entry(tag);
  if (!entry) return wrong("an unknown attribute: " + dicom::to_string(tag));
  return std::string(entry->keyword);
}

// Between quotation marks, in which a backslash says that the next character is meant.
std::optional<std::string> CtpSignature::quoted() {
  if (!take('"')) return wrong("a value between quotation marks is expected");
  std::string value;
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      ++at_;
      return value;
    }
    if (text_[at_] == '\n') break;
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    value.push_back(text_[at_]);
  }
  return wrong("a quotation mark is missing");
}

}  // namespace deidentify
