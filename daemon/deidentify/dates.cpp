#include "deidentify/dates.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace deidentify {
namespace {

using dicom::VR;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }
bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

// 8 digits, a day that exists, moved.
std::optional<std::string> shift_day(std::string_view day, int days) {
  if (day.size() != 8 || !all_digits(day)) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(number(day.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(number(day.substr(4, 2)))),
      std::chrono::day(static_cast<unsigned>(number(day.substr(6, 2))))};
  if (!date.ok() || date.year() < std::chrono::year(1600)) return std::nullopt;
  const std::chrono::year_month_day moved{std::chrono::sys_days(date) + std::chrono::days(days)};
  char text[48];
  std::snprintf(text, sizeof text, "%04d%02u%02u", static_cast<int>(moved.year()),
                static_cast<unsigned>(moved.month()), static_cast<unsigned>(moved.day()));
  return text;
}

std::optional<std::string> shift_date(std::string_view value, int days) {
  if (value.size() == 10 && value[4] == '.' && value[7] == '.')
    return shift_day(
        std::string(value.substr(0, 4)).append(value.substr(5, 2)).append(value.substr(8)), days);
  return shift_day(value, days);
}

// A year or a month alone moves by its first day.
std::optional<std::string> shift_datetime(std::string_view value, int days) {
  const auto date = value.substr(0, std::min(value.find_first_not_of("0123456789"), value.size()));
  const auto precision = std::min<std::size_t>(date.size(), 8);
  const auto rest = value.substr(precision);
  if (precision != 4 && precision != 6 && precision != 8) return std::nullopt;
  if (!consists_of(rest, "0123456789.+-") || rest.size() > 18) return std::nullopt;
  const auto day =
      std::string(date.substr(0, precision)) + std::string("0101").substr(precision - 4);
  const auto moved = shift_day(day, days);
  if (!moved) return std::nullopt;
  return moved->substr(0, precision) + std::string(rest);
}

bool is_time(std::string_view value) {
  return value.size() <= 16 && consists_of(value, "0123456789.:");
}
bool is_offset(std::string_view value) {
  return value.size() == 5 && (value[0] == '+' || value[0] == '-') && all_digits(value.substr(1));
}

std::optional<std::string> shift_value(std::string_view value, VR vr, int days) {
  if (value.empty()) return "";
  if (vr == VR("DA")) return shift_date(value, days);
  if (vr == VR("DT")) return shift_datetime(value, days);
  const bool sound = vr == VR("TM") ? is_time(value) : is_offset(value);
  return sound ? std::optional(std::string(value)) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::string> shift_dates(std::string_view text, VR vr, int days) {
  std::string result;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\\', at), text.size());
    const auto value = shift_value(trimmed(text.substr(at, end - at)), vr, days);
    if (!value) return std::nullopt;
    if (at > 0) result += '\\';
    result += *value;
    at = end + 1;
  }
  return result;
}

bool is_well_formed_date(std::string_view text, VR vr) {
  return shift_dates(text, vr, 0).has_value();
}

}  // namespace deidentify
