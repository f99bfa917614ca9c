#include "dicom/tag.h"

#include "base/bytes.h"

namespace dicom {

std::string to_string(Tag tag) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text = "(0000,0000)";
  for (std::size_t i = 0; i < 4; ++i) {
    const auto shift = 12 - 4 * i;
    text[1 + i] = kDigits[(tag.group >> shift) & 15];
    text[6 + i] = kDigits[(tag.element >> shift) & 15];
  }
  return text;
}

std::optional<Tag> parse_tag(std::string_view text) {
  if (text.size() == 11 && text.front() == '(' && text.back() == ')') text = text.substr(1, 9);
  std::string digits(text);
  if (digits.size() == 9 && digits[4] == ',') digits.erase(4, 1);
  if (digits.size() != 8) return std::nullopt;
  const auto bytes = base::from_hex(digits);
  if (!bytes) return std::nullopt;
  const auto word = [&](std::size_t at) {
    return static_cast<std::uint16_t>((*bytes)[at] << 8 | (*bytes)[at + 1]);
  };
  return Tag{word(0), word(2)};
}

}  // namespace dicom
