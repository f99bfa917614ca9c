#include "announce/header_text.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

namespace announce {
namespace {

constexpr std::size_t kMaxLine = 76;
constexpr std::size_t kMaxOneLine = 200;

struct Sequence {
  std::size_t length = 1;
  char32_t point = 0;
  bool valid = false;
};

// The UTF-8 sequence at the front of `text`: shortest form, no surrogates, at most U+10FFFF.
Sequence decode(std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  if (first < 0x80) return {1, first, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  char32_t point = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0u) != 0x80) return {};
    point = (point << 6) | (next & 0x3Fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < kSmallest[length] || point > 0x10FFFF || surrogate) return {};
  return {length, point, true};
}

// Controls, and what turns the direction or the lines of a text without being seen.
bool is_unwanted(char32_t point) {
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return true;
  if (point >= 0x200B && point <= 0x200F) return true;
  if (point >= 0x2028 && point <= 0x202E) return true;
  return (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

bool is_plain_ascii(std::string_view text) {
  for (const char c : text)
    if (c < 0x20 || c > 0x7E) return false;
  return true;
}

std::string base64(std::string_view bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = (group << 8) | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? kAlphabet[(group >> (18 - 6 * j)) & 0x3F] : '=';
  }
  return out;
}

// Encoded words of whole characters; 39 bytes make 52 of base64 and 64 with their frame.
std::vector<std::string> encoded_words(std::string_view text) {
  constexpr std::size_t kMaxBytes = 39;
  std::vector<std::string> words;
  std::string piece;
  while (!text.empty()) {
    const std::size_t length = decode(text).length;
    if (piece.size() + length > kMaxBytes) {
      words.push_back("=?UTF-8?B?" + base64(piece) + "?=");
      piece.clear();
    }
    piece += text.substr(0, length);
    text.remove_prefix(length);
  }
  if (!piece.empty()) words.push_back("=?UTF-8?B?" + base64(piece) + "?=");
  return words;
}

// Words joined by spaces, a new line where one would pass the limit.
std::string fold(std::string line, const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    if (line.size() + 1 + word.size() > kMaxLine) {
      out += line + "\r\n";
      line.clear();
    }
    line += ' ' + word;
  }
  return out + line + "\r\n";
}

std::string quoted(std::string_view phrase) {
  std::string out = "\"";
  for (const char c : phrase) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void append_quoted_byte(std::string& line, std::string& out, char byte, bool last_of_line) {
  const bool plain = byte >= 0x21 && byte <= 0x7E && byte != '=';
  const bool blank = byte == ' ' && !last_of_line;
  const std::string text = plain || blank ? std::string(1, byte)
                                          : fmt::format("={:02X}", static_cast<std::uint8_t>(byte));
  if (line.size() + text.size() >= kMaxLine) {  // leaves room for the '=' of a soft line break
    out += line + "=\r\n";
    line.clear();
  }
  line += text;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Sequence next = decode(text);
    if (out.size() + next.length > kMaxOneLine) break;
    if (!next.valid)
      out += '?';
    else if (is_unwanted(next.point))
      out += ' ';
    else
      out += text.substr(0, next.length);
    text.remove_prefix(next.length);
  }
  const auto first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

bool is_plain_address(std::string_view address) {
  if (address.size() > 254 || address.size() < 3 || !is_plain_ascii(address)) return false;
  if (address.find_first_of(" \"\\()<>[],;:") != std::string_view::npos) return false;
  const auto at = address.find('@');
  return at > 0 && at + 1 < address.size() && address.find('@', at + 1) == std::string_view::npos;
}

std::string unstructured_header(std::string_view name, std::string_view text) {
  const std::string line = one_line(text);
  const std::string head = fmt::format("{}:", name);
  // "=?" in plain text would be taken for an encoded word.
  if (is_plain_ascii(line) && head.size() + 1 + line.size() <= kMaxLine &&
      line.find("=?") == std::string::npos)
    return fold(head, {line});
  return fold(head, encoded_words(line));
}

std::string address_header(std::string_view name, std::string_view person,
                           std::string_view address) {
  const std::string phrase = one_line(person);
  const std::string head = fmt::format("{}:", name);
  std::vector<std::string> words = encoded_words(phrase);
  // Measured with its backslashes: fifty quotes make a hundred characters.
  const std::string plain = quoted(phrase);
  if (is_plain_ascii(phrase) && plain.size() <= 52 && phrase.find("=?") == std::string::npos)
    words = {plain};
  if (phrase.empty()) words.clear();
  words.push_back(fmt::format("<{}>", address));
  return fold(head, words);
}

std::string date_text(base::UnixSeconds at) {
  using namespace std::chrono;
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds time{seconds{at}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[weekday{day}.c_encoding()],
                     unsigned{date.day()}, kMonths[unsigned{date.month()} - 1], int{date.year()},
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string quoted_printable(std::string_view text) {
  std::string out, line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      out += line + "\r\n";
      line.clear();
    } else {
      const bool last = i + 1 == text.size() || text[i + 1] == '\n';
      append_quoted_byte(line, out, text[i], last);
    }
  }
  return line.empty() ? out : out + line + "\r\n";
}

}  // namespace announce
