#include "receive/pace.h"

#include <algorithm>

namespace receive {

void Pace::enter(Phase phase, base::Milliseconds now) {
  phase_ = phase;
  entered_ = now;
  pdu_ended_ = now;
  received_ = 0;
}

base::Milliseconds Pace::phase_deadline() const {
  switch (phase_) {
    case Phase::Associating:
      return opened_ + times_.associate;
    case Phase::Idle:
      return entered_ + times_.idle;
    case Phase::Command:
      return entered_ + times_.command;
    case Phase::DataSet:
      break;
  }
  // Tiny PDUs in time would otherwise hold the association for as long as their sender likes.
  const auto earned = static_cast<base::Milliseconds>(received_ * 1000 / times_.least_rate);
  return std::min(pdu_ended_ + times_.between_pdus, entered_ + times_.slow_start + earned);
}

base::Milliseconds Pace::deadline() const {
  return std::min(phase_deadline(), opened_ + times_.longest);
}

}  // namespace receive
