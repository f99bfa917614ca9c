#include "deidentify/text_tokens.h"

#include "identity/fold.h"

namespace deidentify {
namespace {

// Full-width forms of ASCII, and their space.
char32_t to_plain(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
  return c == 0x3000 ? U' ' : c;
}

bool is_mark_of_repetition(char32_t c) { return c >= 0x3005 && c <= 0x3007; }

bool is_separator(char32_t c) {
  if (c < 0x80) return !identity::is_alphanumeric(static_cast<std::uint8_t>(c));
  if (c < 0xC0) return c != 0xAA && c != 0xB5 && c != 0xBA;
  if (is_mark_of_repetition(c)) return false;
  return c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x2BFF) || (c >= 0x3000 && c <= 0x303F) ||
         c == 0x30FB || (c >= 0xFF5F && c <= 0xFF65) || (c >= 0xFE00 && c <= 0xFE6F) ||
         c == 0xFEFF || c >= 0xFFF0;
}

bool is_ideographic(char32_t c) {
  return (identity::is_ideograph(c) || is_mark_of_repetition(c)) && !is_separator(c);
}

bool is_capital(char32_t c) { return (c >= U'A' && c <= U'Z') || c >= 0x80; }

}  // namespace

Tokens tokenise(std::string_view utf8) {
  Tokens tokens;
  tokens.points = identity::decode_utf8(utf8);
  std::u32string plain;
  for (const auto c : tokens.points) plain += to_plain(c);
  for (const auto c : plain) {
    tokens.offsets.push_back(tokens.plain.size());
    tokens.plain += identity::encode_utf8(std::u32string_view(&c, 1));
  }
  tokens.offsets.push_back(tokens.plain.size());
  for (std::size_t at = 0; at < plain.size();) {
    if (is_separator(plain[at])) {
      ++at;
      continue;
    }
    const auto begin = at;
    const bool ideographic = is_ideographic(plain[at]);
    while (at < plain.size() && !is_separator(plain[at]) &&
           is_ideographic(plain[at]) == ideographic)
      ++at;
    const auto text = identity::encode_utf8(std::u32string_view(plain).substr(begin, at - begin));
    tokens.list.push_back({begin, at, identity::fold(text), ideographic, is_capital(plain[begin])});
  }
  return tokens;
}

}  // namespace deidentify
