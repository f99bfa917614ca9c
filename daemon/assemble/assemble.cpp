#include "assemble/assemble.h"

#include <algorithm>

namespace assemble {

Decision decide(const Progress& progress, const Patience& patience) {
  // Work for nothing whenever more comes: the pauses between series should pass as well.
  constexpr int kRest = 6;  // parts of the quiet period
  const bool quiet = progress.quiet_for >= patience.quiet_period * 1000;
  const bool resting = !progress.instance_in_flight && !progress.unexamined_older;
  if (quiet && resting) return Decision::Complete;
  const bool too_long = progress.last_receipt - progress.first_receipt >= patience.longest_wait;
  if (too_long && !quiet) return Decision::HoldTooLong;
  const bool rests = resting && progress.quiet_for * kRest >= patience.quiet_period * 1000;
  return rests ? Decision::Rest : Decision::Wait;
}

base::UnixSeconds deadline(base::UnixSeconds last_receipt, const Patience& patience) {
  return last_receipt + patience.quiet_period;
}

base::UnixSeconds drawn_in(base::UnixSeconds deadline, base::UnixSeconds now,
                           const Patience& patience) {
  return std::min(deadline, now + patience.quiet_period);
}

}  // namespace assemble
