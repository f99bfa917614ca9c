// The hospital's own lists, put to use in the search of the output.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "deidentify/choices.h"
#include "identity/identifiers.h"

namespace deidentify {

// The study's identifiers and the site's names: FAMILY^GIVEN in all orders and by its parts, any
// other name as a whole. For every search of the output, also of other processes.
identity::Identifiers with_names(const identity::Identifiers& study, const SiteLists& site);

// What the hospital's numbers look like (RE2, of whole words).
class NumberPatterns {
 public:
  // AskAdministrator when one is no expression.
  static base::Result<NumberPatterns> create(const std::vector<std::string>& patterns);
  NumberPatterns(NumberPatterns&&) noexcept;
  ~NumberPatterns();
  bool found_in(std::string_view utf8) const;

 private:
  struct Compiled;
  explicit NumberPatterns(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace deidentify
