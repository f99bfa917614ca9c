#include "settings/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace settings {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 8> kDurations{{{"s", 1},
                                          {"sec", 1},
                                          {"m", 60},
                                          {"min", 60},
                                          {"h", 3600},
                                          {"d", 86400},
                                          {"day", 86400},
                                          {"w", 7 * 86400}}};
constexpr std::array<Unit, 10> kSizes{{{"", 1},
                                       {"B", 1},
                                       {"KB", 1000},
                                       {"kB", 1000},
                                       {"MB", 1000'000},
                                       {"GB", 1000'000'000},
                                       {"TB", 1000'000'000'000},
                                       {"MiB", 1ull << 20},
                                       {"GiB", 1ull << 30},
                                       {"TiB", 1ull << 40}}};

// A number of at most 15 digits, spaces, one of the units.
template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(std::string_view text,
                                             const std::array<Unit, N>& units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 15) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + digits, number);
  text.remove_prefix(digits);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != text) continue;
    if (number > (1ull << 62) / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string format_with_unit(std::uint64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(value);
}

}  // namespace

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  const auto seconds = parse_with_unit(text, kDurations);
  if (!seconds) return std::nullopt;
  return static_cast<std::int64_t>(*seconds);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes);
}

std::optional<double> parse_part(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(percent) || percent < 0 || percent > 100) return std::nullopt;
  return percent / 100;
}

std::string format_duration(std::int64_t seconds) {
  constexpr std::array<Unit, 4> units{{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}};
  if (seconds == 0) return "0s";
  return format_with_unit(static_cast<std::uint64_t>(seconds), units);
}

std::string format_size(std::uint64_t bytes) {
  constexpr std::array<Unit, 5> units{{{" TiB", 1ull << 40},
                                       {" GiB", 1ull << 30},
                                       {" MiB", 1ull << 20},
                                       {" GB", 1000'000'000},
                                       {" MB", 1000'000}}};
  return format_with_unit(bytes, units);
}

}  // namespace settings
