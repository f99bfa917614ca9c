// When is a study complete? Pure: every time is an argument.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace assemble {

struct Progress {
  base::UnixSeconds first_receipt = 0, last_receipt = 0;
  base::Milliseconds quiet_for = 0;  // measured since the last receipt, on whatever clock was right
  bool instance_in_flight = false;   // an open association that contributed is in the middle of one
  bool unexamined_older = false;     // a spool file older than the deadline has not been looked at
};
struct Patience {
  std::int64_t quiet_period = 60, longest_wait = 4 * 3600;  // seconds
};

enum class Decision : std::uint8_t {
  Wait,
  Rest,  // quiet enough to prepare what it would need if nothing more came
  Complete,
  HoldTooLong,  // still arriving after the longest wait
};

Decision decide(const Progress& progress, const Patience& patience);

// The deadline that the ledger keeps. A clock that was set back must not make a study wait longer
// than its quiet period: a deadline further away than that is drawn in.
base::UnixSeconds deadline(base::UnixSeconds last_receipt, const Patience& patience);
base::UnixSeconds drawn_in(base::UnixSeconds deadline, base::UnixSeconds now,
                           const Patience& patience);

}  // namespace assemble
