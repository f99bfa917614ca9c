// Regular expressions: RE2, found anywhere in the value, in linear time and bounded memory.
#include <re2/re2.h>

#include "route/tree.h"

namespace route {

class Pattern {
 public:
  explicit Pattern(const std::string& written) : text(written), expression(written, options()) {}
  std::string text;
  re2::RE2 expression;

 private:
  static re2::RE2::Options options() {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(8 << 20);
    return options;
  }
};

base::Result<Matches> compile_pattern(const std::string& text) {
  if (text.empty()) return base::reject("route.pattern", "an empty regular expression");
  if (text.size() > 4096) return base::reject("route.pattern", "longer than 4096 characters");
  auto pattern = std::make_shared<const Pattern>(text);
  if (pattern->expression.ok()) return Matches{std::move(pattern)};
  const std::string& part = pattern->expression.error_arg();
  std::string what = pattern->expression.error();  // names the part itself
  const std::size_t at = part.empty() || part == text ? text.npos : text.find(part);
  if (at != text.npos) what += " (at character " + std::to_string(at + 1) + ")";
  return base::reject("route.pattern", what);
}

bool found(const Pattern& pattern, const std::string& subject) {
  return re2::RE2::PartialMatch(subject, pattern.expression);
}

const std::string& text_of(const Pattern& pattern) { return pattern.text; }

}  // namespace route
