// Words that a person or a hospital may be called by and that also belong to every clean header.
#pragma once

#include <string_view>

namespace identity {

// Anatomy, defined terms, makers and the words of our own marks: never searched for on their own,
// only in a name's context ("hand^may", "may hand"). `folded`: lower case, no diacritics.
bool is_term(std::string_view folded);
// What institutions and addresses are made of ("hospital", "street"), titles of names: identifies
// nobody.
bool is_stop_word(std::string_view folded);

}  // namespace identity
