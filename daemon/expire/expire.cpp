#include "expire/expire.h"

#include <algorithm>

namespace expire {

base::UnixSeconds pause(std::int64_t attempts, std::uint32_t dice) {
  const std::int64_t doublings = std::clamp<std::int64_t>(attempts, 1, 12);
  const base::UnixSeconds full = std::min<base::UnixSeconds>(std::int64_t{1} << doublings, 3600);
  const base::UnixSeconds spread = full / 2;
  return full - spread / 2 +
         (spread == 0 ? 0 : static_cast<base::UnixSeconds>(dice) % (spread + 1));
}

bool due(base::UnixSeconds next_attempt, base::UnixSeconds now) {
  constexpr base::UnixSeconds kLongestPause = 2 * 3600;
  return next_attempt <= now || next_attempt > now + kLongestPause;
}

bool jumped_forward(const Moment& before, const Moment& now) {
  constexpr base::UnixSeconds kTolerated = 3600;
  return now.wall - before.wall > (now.monotonic - before.monotonic) / 1000 + kTolerated;
}

}  // namespace expire
