// Request targets and the headers that are parsed by hand: Range, Authorization, log labels. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "share/link.h"
#include "share/messages.h"

namespace portal {

// What of a target may reach a log: "/s/" and a share id of 22 characters, the name of a known
// endpoint without what follows, otherwise "other". Never a query, a fragment or a blob id.
std::string log_label(std::string_view target);

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};
enum class RangeKind { Whole, Part, Unsatisfiable };
struct RangeAnswer {
  RangeKind kind = RangeKind::Whole;
  ByteRange range;
};
// One range of RFC 9110; several, or what is no range, are answered with the whole.
RangeAnswer parse_range(std::string_view header, std::uint64_t size);

std::optional<share::Ticket> parse_bearer(std::string_view authorization);

// Digits only, no sign, no spaces, no overflow.
std::optional<std::uint64_t> parse_number(std::string_view text);

// "PREFIX" ID "SUFFIX" exactly, with an id of 22 characters.
std::optional<share::Id> id_between(std::string_view target, std::string_view prefix,
                                    std::string_view suffix);

// A user agent as it may be stored: printable ASCII, at most 200 characters.
std::string clean_agent(std::string_view agent);

}  // namespace portal
