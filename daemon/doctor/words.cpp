#include "doctor/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace doctor {

std::string size(std::int64_t bytes) {
  const auto amount = static_cast<double>(bytes);
  if (bytes >= 1'000'000'000) return fmt::format("{:.1f} GB", amount / 1e9);
  return fmt::format("{:.1f} MB", amount / 1e6);
}

std::string span(base::UnixSeconds seconds) {
  seconds = std::max<base::UnixSeconds>(0, seconds);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86'400);
}

std::string since(base::UnixSeconds at, base::UnixSeconds now) { return span(now - at) + " ago"; }

}  // namespace doctor
