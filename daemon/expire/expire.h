// Ends and retries, decided without clock or dice: both are arguments.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace expire {

// The pause before attempt n + 1 (n >= 1 attempts failed): doubling from 2 s to an hour, spread by
// a quarter either way so that many deliveries do not come back at once. `dice` is any random
// number.
base::UnixSeconds pause(std::int64_t attempts, std::uint32_t dice);

// Whether a row's next attempt is due. One further away than any pause was set by a clock that has
// been set back since.
bool due(base::UnixSeconds next_attempt, base::UnixSeconds now);

// An attempt that has failed for this long is given up: the delivery is held.
inline constexpr base::UnixSeconds kGiveUpAfter = 5 * 86400;

// Wall and monotonic time of one moment. A wall clock that ran ahead of the monotonic one by more
// than an hour has jumped: nothing may be purged until an administrator has confirmed it.
struct Moment {
  base::UnixSeconds wall = 0;
  base::Milliseconds monotonic = 0;
};
bool jumped_forward(const Moment& before, const Moment& now);

}  // namespace expire
