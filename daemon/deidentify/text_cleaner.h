// Clean Descriptors (113105): free text without what identifies. Every word goes that is the
// study's own or the site's, that identifies by its form, or that stands behind a title; with the
// allow list, also every word that is not on it. Time is linear in the text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "deidentify/choices.h"
#include "identity/identifiers.h"

namespace deidentify {

struct CleanText {
  std::string text;  // empty when nothing is left
  std::uint64_t dropped = 0;
  std::uint64_t homonyms = 0;  // words of the patient's name that stay, since they stand as terms
};

class TextCleaner {
 public:
  // Reject where the site's lists cannot be used.
  static base::Result<TextCleaner> create(const identity::Identifiers& study, const SiteLists& site,
                                          TextMode mode);
  TextCleaner(TextCleaner&&) noexcept;
  ~TextCleaner();
  // One value, UTF-8. Safe to call from several threads.
  CleanText clean(std::string_view utf8) const;

 private:
  struct Lists;
  friend class Cleaning;
  explicit TextCleaner(std::unique_ptr<const Lists> lists);
  std::unique_ptr<const Lists> lists_;
};

}  // namespace deidentify
