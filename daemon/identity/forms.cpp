#include "identity/forms.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "identity/encode.h"
#include "identity/fold.h"
#include "identity/terms.h"

namespace identity {
namespace {

constexpr std::size_t kShortest = 5;   // alphanumerics of a form that is searched for
constexpr std::size_t kLongest = 128;  // bytes; what begins with these is found all the same

std::size_t count_alphanumeric(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(static_cast<std::uint8_t>(c));
  }));
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(static_cast<std::uint8_t>(c));
  });
}

std::size_t count_ideographs(std::string_view utf8) {
  const auto points = decode_utf8(utf8);
  return static_cast<std::size_t>(std::count_if(points.begin(), points.end(), is_ideograph));
}

// Letters of other scripts count as letters.
std::size_t weight(std::string_view utf8) {
  const auto points = decode_utf8(utf8);
  return static_cast<std::size_t>(std::count_if(points.begin(), points.end(), [](char32_t c) {
    return c >= 0x80 || is_alphanumeric(static_cast<std::uint8_t>(c));
  }));
}

bool is_long_enough(std::string_view utf8) {
  return weight(utf8) >= kShortest || count_ideographs(utf8) >= 2;
}

Border border_of(Kind kind, std::string_view text) {
  if (kind == Kind::Uid) return Border::Uid;
  if (count_ideographs(text) > 0) return Border::None;
  return all_digits(text) ? Border::Number : Border::Word;
}

void add(std::vector<Form>& forms, base::Bytes bytes, Kind kind, Border border) {
  for (auto& byte : bytes) byte = lower_byte(byte);
  if (bytes.size() > kLongest) {
    bytes.resize(kLongest);
    border = Border::None;  // it goes on there
  }
  const auto same = [&](const Form& form) { return form.bytes == bytes; };
  if (std::none_of(forms.begin(), forms.end(), same))
    forms.push_back({std::move(bytes), kind, border});
}

void add_text(std::vector<Form>& forms, const std::string& utf8, Kind kind, Border border) {
  for (auto& bytes : encodings(utf8)) add(forms, std::move(bytes), kind, border);
}

// As written, in either case, and without its marks.
std::vector<std::string> spellings(const std::string& text) {
  std::vector<std::string> all{lower_case(text)};
  if (is_ascii(text)) return all;
  all.insert(all.end(), {text, upper_case(text), fold(text)});
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// "family^given" in the ways that people write a name.
std::vector<std::string> name_orders(const std::string& text) {
  const auto caret = text.find('^');
  if (caret == std::string::npos) return {text};
  const auto family = text.substr(0, caret), given = text.substr(caret + 1);
  return {family + "^" + given, family + " " + given, given + " " + family, family + ", " + given,
          family + "," + given, given + "^" + family, family + "_" + given, given + "_" + family,
          given + "." + family, family + "." + given};
}

bool is_searched_alone(const Identifier& identifier) {
  if (identifier.kind == Kind::Uid || identifier.text.find('^') != std::string::npos) return true;
  const auto folded = fold(identifier.text);
  return !is_term(folded) && !is_stop_word(folded);
}

std::vector<Form> date_forms(const Identifier& identifier) {
  std::vector<Form> forms;
  for (const auto& text : written_dates(identifier.text))
    add_text(forms, text, identifier.kind, all_digits(text) ? Border::Date : Border::Number);
  return forms;
}

bool is_date(Kind kind) {
  return kind == Kind::Date || kind == Kind::BirthDate || kind == Kind::DeviceDate;
}

}  // namespace

std::vector<Form> written_forms(const Identifier& identifier) {
  if (is_date(identifier.kind)) return date_forms(identifier);
  std::vector<Form> forms;
  if (!is_searched_alone(identifier)) return forms;
  for (const auto& order : name_orders(identifier.text))
    for (const auto& text : spellings(order))
      if (is_long_enough(text))
        add_text(forms, text, identifier.kind, border_of(identifier.kind, text));
  return forms;
}

std::vector<std::string> short_forms(const Identifier& identifier) {
  std::vector<std::string> forms;
  if (is_date(identifier.kind) || !is_searched_alone(identifier)) return forms;
  for (const auto& order : name_orders(identifier.text)) {
    auto folded = fold(order);
    if (!is_long_enough(folded) && (count_alphanumeric(folded) >= 2 || weight(folded) >= 2))
      forms.push_back(std::move(folded));
  }
  return forms;
}

std::vector<std::string> written_dates(std::string_view day) {
  if (day.size() != 8 || !all_digits(day)) return {};
  const std::string y(day.substr(0, 4)), m(day.substr(4, 2)), d(day.substr(6, 2));
  if (y < "1850" || y > "2150" || m < "01" || m > "12" || d < "01" || d > "31") return {};
  static constexpr std::array<const char*, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
  const std::string name = kMonths[static_cast<std::size_t>(std::stoi(m) - 1)];
  const auto plain = [](const std::string& two) {
    return two.front() == '0' ? two.substr(1) : two;
  };
  return {y + m + d,
          y + "-" + m + "-" + d,
          y + "." + m + "." + d,
          y + "/" + m + "/" + d,
          d + "." + m + "." + y,
          d + "/" + m + "/" + y,
          d + "-" + m + "-" + y,
          m + "/" + d + "/" + y,
          m + "-" + d + "-" + y,
          plain(d) + " " + name + " " + y,
          d + "-" + name + "-" + y,
          name + " " + plain(d) + ", " + y};
}

}  // namespace identity
