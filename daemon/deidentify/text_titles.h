// Words that say that a name follows, or stands beside them.
#pragma once

#include <cstddef>
#include <string_view>

namespace deidentify {

enum class Title : unsigned char {
  None,
  Certain,    // "mrs", "herr": a name follows
  Ambiguous,  // "mr", "dr": or a modality
};
Title title_of(std::string_view folded);
// "van", "de": between a title or a name and the rest of it.
bool is_particle(std::string_view folded);
// "patient", "name": what follows is one, when it can be.
bool announces_name(std::string_view folded);
// Length of a title that stands behind a name, in Japanese and Chinese; 0: none.
std::size_t title_behind(std::u32string_view ideographs, std::size_t at);

}  // namespace deidentify
