// Folding of names, code point by code point.
#include <algorithm>

#include "route/directory.h"

namespace route {
namespace {

// Latin-1, Latin Extended-A, Greek, Cyrillic; everything else is itself.
char32_t to_lower(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 0x20;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;
  if (c == 0x178) return 0xFF;
  const bool even_upper = (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
  if (even_upper && c != 0x130) return c | 1;
  const bool odd_upper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if (odd_upper) return (c & 1) != 0 ? c + 1 : c;
  if (c >= 0x391 && c <= 0x3A9) return c + 0x20;
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  return c;
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Two-byte sequences hold every letter that is folded; longer ones pass as they are.
void append_folded(std::string& to, std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) {
    to += lead < 0x80 ? static_cast<char>(to_lower(lead)) : sequence[0];
  } else if (sequence.size() == 2 && (lead & 0xE0) == 0xC0) {
    const auto trail = static_cast<unsigned char>(sequence[1]);
    const char32_t code = to_lower(static_cast<char32_t>((lead & 0x1F) << 6 | (trail & 0x3F)));
    to += static_cast<char>(0xC0 | code >> 6);
    to += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    to += sequence;
  }
}

}  // namespace

std::string fold_name(std::string_view name) {
  name = name.substr(0, name.find('='));
  const std::size_t last = name.find_last_not_of(std::string_view(" ^\0", 3));
  name = name.substr(0, last == name.npos ? 0 : last + 1);
  std::string folded;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t length = 1;
    while (at + length < name.size() && is_continuation(name[at + length])) ++length;
    const bool at_edge = folded.empty() || folded.back() == ' ' || folded.back() == '^';
    if (name[at] != ' ' || !at_edge) append_folded(folded, name.substr(at, length));
    if (name[at] == '^' && folded.size() > 1 && folded[folded.size() - 2] == ' ') {
      folded.erase(folded.size() - 2, 1);
    }
    at += length;
  }
  return folded;
}

bool is_code(std::string_view known_as) {
  const std::size_t colon = known_as.find(':');
  if (colon == known_as.npos || colon == 0 || colon + 1 == known_as.size()) return false;
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  };
  const std::string_view scheme = known_as.substr(0, colon);
  return std::all_of(scheme.begin(), scheme.end(), allowed);
}

}  // namespace route
