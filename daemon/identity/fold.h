// Text as people compare it: without case and diacritics. Latin, Greek and Cyrillic letters fold;
// whatever else there is stays as it was.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace identity {

// Code points of UTF-8; a byte that belongs to none becomes U+FFFD.
std::u32string decode_utf8(std::string_view text);
std::string encode_utf8(std::u32string_view text);

std::string fold(std::string_view utf8);  // "Müller" and "MUELLER" differ, "MÜLLER" "muller" no
std::string lower_case(std::string_view utf8);  // marks stay
std::string upper_case(std::string_view utf8);

inline bool is_digit(std::uint8_t byte) { return byte >= '0' && byte <= '9'; }
inline bool is_letter(std::uint8_t byte) { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }
inline bool is_alphanumeric(std::uint8_t byte) { return is_digit(byte) || is_letter(byte); }
inline std::uint8_t lower_byte(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + 32) : byte;
}
bool is_ascii(std::string_view text);
// Han, kana, Hangul: two of them are already a name.
bool is_ideograph(char32_t c);

}  // namespace identity
