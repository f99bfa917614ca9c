// Counting by address, in memory and bounded: at most so many in a minute. Pure: time is an
// argument. The address is a /32 of IPv4 or a /64 of IPv6 (network_of).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace portal {

// "203.0.113.9" as it is, "2001:db8:1:2:3::9" as "2001:db8:1:2::/64"; a mapped IPv4 address as
// IPv4; what is no address as it is.
std::string network_of(std::string_view address);

class PerMinute {
 public:
  explicit PerMinute(unsigned limit) : limit_(limit) {}
  void count(const std::string& key, base::Milliseconds now);
  // Seconds to wait, 0: within the limit.
  std::int64_t wait(const std::string& key, base::Milliseconds now);

 private:
  struct Window {
    base::Milliseconds begun = 0;
    unsigned count = 0;
  };
  void make_room(base::Milliseconds now);
  unsigned limit_;
  std::unordered_map<std::string, Window> windows_;
};

// One in `spacing` for each key.
class Spacing {
 public:
  explicit Spacing(base::Milliseconds spacing) : spacing_(spacing) {}
  // Seconds to wait, 0: this one may go and is remembered.
  std::int64_t take(const std::string& key, base::Milliseconds now);
  void note(const std::string& key, base::Milliseconds now);  // one went without being asked for

 private:
  void make_room(base::Milliseconds now);
  base::Milliseconds spacing_;
  std::unordered_map<std::string, base::Milliseconds> last_;
};

}  // namespace portal
