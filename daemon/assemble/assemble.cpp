#include "assemble/assemble.h"

#include <algorithm>

namespace assemble {

Decision decide(const Progress& progress, const Patience& patience) {
  const bool quiet = progress.quiet_for >= patience.quiet_period * 1000;
  if (quiet && !progress.instance_in_flight && !progress.unexamined_older)
    return Decision::Complete;
  const bool too_long = progress.last_receipt - progress.first_receipt >= patience.longest_wait;
  return too_long && !quiet ? Decision::HoldTooLong : Decision::Wait;
}

base::UnixSeconds deadline(base::UnixSeconds last_receipt, const Patience& patience) {
  return last_receipt + patience.quiet_period;
}

base::UnixSeconds drawn_in(base::UnixSeconds deadline, base::UnixSeconds now,
                           const Patience& patience) {
  return std::min(deadline, now + patience.quiet_period);
}

}  // namespace assemble
