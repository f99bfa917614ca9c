// What identifies by its form alone, in free text: dates, numbers, addresses.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace deidentify {

class TextPatterns {
 public:
  // `site`: expressions (RE2) of whole words; Reject where one is none.
  static base::Result<TextPatterns> create(const std::vector<std::string>& site);
  TextPatterns(TextPatterns&&) noexcept;
  ~TextPatterns();

  // Bytes [first, second) of dates, UIDs, numbers of six digits and more, mail, web and network
  // addresses, telephones, and of words that the site's patterns name. Sorted, apart.
  std::vector<std::pair<std::size_t, std::size_t>> find(std::string_view text) const;
  // A number that measures, or the like: 5, 5mm, 512x512, L4, B1000.
  bool is_short_number(std::string_view folded) const;

 private:
  struct Compiled;
  explicit TextPatterns(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace deidentify
