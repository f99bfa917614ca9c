#include "identity/fold.h"

#include <algorithm>
#include <iterator>

#include "identity/fold_table.h"

namespace identity {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// Bytes of the sequence that begins with `lead`; 0 when none does.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Takes one code point off the front.
char32_t take(std::string_view& text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const auto length = sequence_length(lead);
  if (length == 0 || length > text.size()) {
    text.remove_prefix(1);
    return kReplacement;
  }
  char32_t c = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) {
      text.remove_prefix(i);
      return kReplacement;
    }
    c = c << 6 | (next & 0x3Fu);
  }
  text.remove_prefix(length);
  return c;
}

void put(std::string& to, char32_t c) {
  const auto tail = [&](int shift) { to += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else if (c < 0x800) {
    to += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    to += static_cast<char>(0xE0 | c >> 12);
    tail(6), tail(0);
  } else {
    to += static_cast<char>(0xF0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

bool is_combining(char32_t c) { return c >= 0x300 && c <= 0x36F; }

void put_folded(std::string& to, char32_t c) {
  if (c < 0x80) {
    to += static_cast<char>(lower_byte(static_cast<std::uint8_t>(c)));
    return;
  }
  if (is_combining(c)) return;
  const auto found =
      std::lower_bound(std::begin(kFoldings), std::end(kFoldings), c,
                       [](const Folding& row, char32_t wanted) { return row.from < wanted; });
  if (found == std::end(kFoldings) || found->from != c) return put(to, c);
  for (const auto letter : found->to)
    if (letter != 0) put(to, letter);
}

char32_t to_lower(char32_t c) {
  if (c < 0x80) return lower_byte(static_cast<std::uint8_t>(c));
  const auto found =
      std::lower_bound(std::begin(kCasePairs), std::end(kCasePairs), c,
                       [](const CasePair& row, char32_t wanted) { return row.upper < wanted; });
  return found != std::end(kCasePairs) && found->upper == c ? found->lower : c;
}

char32_t to_upper(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  const auto found = std::find_if(std::begin(kCasePairs), std::end(kCasePairs),
                                  [&](const CasePair& row) { return row.lower == c; });
  return found != std::end(kCasePairs) ? found->upper : c;
}

template <typename Change>
std::string changed(std::string_view utf8, Change change) {
  std::string result;
  for (const auto c : decode_utf8(utf8)) put(result, change(c));
  return result;
}

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  while (!text.empty()) result += take(text);
  return result;
}

std::string encode_utf8(std::u32string_view text) {
  std::string result;
  for (const auto c : text) put(result, c);
  return result;
}

std::string fold(std::string_view utf8) {
  std::string result;
  result.reserve(utf8.size());
  while (!utf8.empty()) put_folded(result, take(utf8));
  return result;
}

std::string lower_case(std::string_view utf8) { return changed(utf8, to_lower); }
std::string upper_case(std::string_view utf8) { return changed(utf8, to_upper); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

bool is_ideograph(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFF66 && c <= 0xFF9F) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

}  // namespace identity
