#include "portal/target.h"

#include <algorithm>
#include <charconv>

namespace portal {
namespace {

constexpr std::size_t kIdText = 22;
constexpr std::size_t kAgentLength = 200;

constexpr std::string_view kEndpoints[] = {
    "/api/1/hello", "/api/1/open", "/api/1/renew", "/api/1/receipts", "/api/1/blobs", "/d/1/blobs",
    "/d/1/shares",  "/d/1/events", "/d/1/time",    "/page",           "/save.js",
};

bool ends_here(std::string_view target, std::size_t at) {
  return at == target.size() || target[at] == '/' || target[at] == '?';
}

std::optional<RangeAnswer> suffix_range(std::string_view digits, std::uint64_t size) {
  const auto length = parse_number(digits);
  if (!length) return std::nullopt;
  if (*length == 0 || size == 0) return RangeAnswer{RangeKind::Unsatisfiable, {}};
  const std::uint64_t taken = std::min(*length, size);
  return RangeAnswer{RangeKind::Part, {size - taken, taken}};
}

std::optional<RangeAnswer> one_range(std::string_view spec, std::uint64_t size) {
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  if (dash == 0) return suffix_range(spec.substr(1), size);
  const auto first = parse_number(spec.substr(0, dash));
  auto last = parse_number(spec.substr(dash + 1));
  if (!first || (!last && dash + 1 != spec.size())) return std::nullopt;
  if (last && *last < *first) return std::nullopt;
  if (*first >= size) return RangeAnswer{RangeKind::Unsatisfiable, {}};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return RangeAnswer{RangeKind::Part, {*first, end - *first + 1}};
}

}  // namespace

std::string log_label(std::string_view target) {
  if (target.starts_with("/s/")) {
    const auto id = target.substr(3, kIdText);
    return share::parse_id(id) ? "/s/" + std::string(id) : "/s/";
  }
  for (const std::string_view endpoint : kEndpoints)
    if (target.starts_with(endpoint) && ends_here(target, endpoint.size()))
      return std::string(endpoint);
  return "other";
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

RangeAnswer parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return {};
  const auto answer = one_range(header.substr(unit.size()), size);
  return answer.value_or(RangeAnswer{});
}

std::optional<share::Ticket> parse_bearer(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (!authorization.starts_with(scheme)) return std::nullopt;
  const auto bytes = base::from_base64url(authorization.substr(scheme.size()));
  share::Ticket ticket{};
  if (!bytes || bytes->size() != ticket.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), ticket.begin());
  return ticket;
}

std::optional<share::Id> id_between(std::string_view target, std::string_view prefix,
                                    std::string_view suffix) {
  if (target.size() != prefix.size() + kIdText + suffix.size()) return std::nullopt;
  if (!target.starts_with(prefix) || !target.ends_with(suffix)) return std::nullopt;
  return share::parse_id(target.substr(prefix.size(), kIdText));
}

std::string clean_agent(std::string_view agent) {
  std::string clean(agent.substr(0, kAgentLength));
  for (char& c : clean)
    if (c < 0x20 || c > 0x7E) c = '?';
  return clean;
}

}  // namespace portal
