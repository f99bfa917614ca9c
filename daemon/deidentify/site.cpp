#include "deidentify/site.h"

#include <re2/re2.h>

#include <algorithm>

namespace deidentify {
namespace {

using identity::Identifier;
using identity::Kind;

constexpr std::size_t kShortestPart = 4;
constexpr std::string_view kBetweenWords = " \t\r\n,;:()[]{}\"'/\\^=<>|";

template <typename F>
void each_part(std::string_view text, std::string_view between, F&& take) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(between, at), text.size());
    if (end > at) take(text.substr(at, end - at));
    at = end + 1;
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return result;
}

void add_name(const std::string& name, std::vector<Identifier>& to) {
  to.push_back({Kind::Name, lower(name)});
  if (name.find('^') == std::string::npos) return;
  each_part(name, "^ ", [&](std::string_view part) {
    if (part.size() >= kShortestPart) to.push_back({Kind::Name, lower(part)});
  });
}

}  // namespace

identity::Identifiers with_names(const identity::Identifiers& study, const SiteLists& site) {
  std::vector<Identifier> names;
  for (const auto& name : site.names) add_name(name, names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const identity::Identifiers more(std::move(names));
  return identity::united({&study, &more});
}

struct NumberPatterns::Compiled {
  std::vector<std::unique_ptr<re2::RE2>> expressions;
};

NumberPatterns::NumberPatterns(std::unique_ptr<Compiled> compiled)
    : compiled_(std::move(compiled)) {}
NumberPatterns::NumberPatterns(NumberPatterns&&) noexcept = default;
NumberPatterns::~NumberPatterns() = default;

base::Result<NumberPatterns> NumberPatterns::create(const std::vector<std::string>& patterns) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  auto compiled = std::make_unique<Compiled>();
  for (const auto& pattern : patterns) {
    compiled->expressions.push_back(std::make_unique<re2::RE2>(pattern, options));
    if (!compiled->expressions.back()->ok())
      return base::ask_administrator("deidentify.site", "a number pattern is no expression");
  }
  return NumberPatterns(std::move(compiled));
}

bool NumberPatterns::found_in(std::string_view utf8) const {
  bool found = false;
  const auto fits = [&](std::string_view word) {
    const re2::StringPiece piece(word.data(), word.size());
    return std::any_of(compiled_->expressions.begin(), compiled_->expressions.end(),
                       [&](const auto& one) { return re2::RE2::FullMatch(piece, *one); });
  };
  if (compiled_->expressions.empty()) return false;
  each_part(utf8, kBetweenWords, [&](std::string_view word) {
    found = found || fits(word);
    while (word.ends_with('.') || word.ends_with('!') || word.ends_with('?')) word.remove_suffix(1);
    found = found || fits(word);
  });
  return found;
}

}  // namespace deidentify
