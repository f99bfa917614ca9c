// What happens to a row whose delivery step did not succeed: again after a growing pause, or held.
#pragma once

#include <string>

#include "expire/expire.h"
#include "jobs/send.h"
#include "journal/events.h"
#include "service/house.h"

namespace service {

// True when the answer asks an administrator, or when trying has gone on for too long.
template <typename Row>
bool postpone(const House& house, Row& row, const jobs::SendReply& reply, base::UnixSeconds since) {
  ++row.attempts;
  const bool give_up =
      reply.remedy != base::Remedy::RetryLater || house.now() - since > expire::kGiveUpAfter;
  if (give_up) {
    row.held = reply.text.empty() ? "the peer refused without a reason" : reply.text;
  } else {
    row.next_attempt = house.now() + expire::pause(row.attempts, house.dice());
  }
  return give_up;
}

inline jobs::SendReply lost_reply() {
  jobs::SendReply reply;
  reply.text = "the sending child died with its job";
  return reply;
}

}  // namespace service
