// Whether what was read in pixels speaks of the study. A reader confuses letters: names and numbers
// are compared with room for that, and whatever looks like a date, a number or a label of a
// patient's is taken for one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "deidentify/choices.h"
#include "identity/identifiers.h"

namespace deidentify {

class BurnedText {
 public:
  // `forbidden` as for the residual scan. Reject when a pattern of the site cannot be compiled.
  static base::Result<BurnedText> create(const identity::Identifiers& forbidden,
                                         const Choices& choices);
  BurnedText(BurnedText&&) noexcept;
  ~BurnedText();

  bool is_identifying(const std::vector<std::string>& lines) const;
  bool is_identifying(std::string_view line) const;

 private:
  struct State;
  explicit BurnedText(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Capital letters and digits alone; those that readers take for each other are the same.
std::string confusable(std::string_view text);
// The least number of letters to change, add or leave out so that `word` stands in `text`.
std::size_t distance_within(std::string_view word, std::string_view text);

}  // namespace deidentify
