// Free text as words: runs of letters and digits, or of ideographs and kana.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace deidentify {

struct Token {
  std::size_t begin;  // code points of Tokens::points
  std::size_t end;
  std::string folded;  // without case, marks and full width
  bool ideographic;
  bool capital;  // begins with an upper-case letter of ASCII, or a letter beyond
};

struct Tokens {
  std::u32string points;             // the text
  std::string plain;                 // the same in UTF-8, full-width letters as ASCII: for patterns
  std::vector<std::size_t> offsets;  // of each point in `plain`, and its end
  std::vector<Token> list;
};

Tokens tokenise(std::string_view utf8);

}  // namespace deidentify
