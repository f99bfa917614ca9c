// What happens to a row whose delivery step did not succeed: again after a growing pause, or held.
#pragma once

#include <string>

#include "expire/expire.h"
#include "jobs/send.h"
#include "journal/events.h"
#include "service/house.h"
#include "service/share_keys.h"

namespace service {

// The row as it stands now: a lease holds a copy from when its job began, and an administrator, a
// late revision or the portal's events may have changed it since. Reject: it is gone.
inline base::Result<ledger::Share> as_it_stands(House& house, const ledger::Share& copy) {
  auto row = TRY(house.ledger->share(copy.id));
  if (!row) return base::reject("service.lease", "its share is gone");
  return std::move(*row);
}
inline base::Result<ledger::Bundle> as_it_stands(House& house, const ledger::Bundle& copy) {
  auto row = TRY(house.ledger->bundle(copy.id));
  if (!row) return base::reject("service.lease", "its bundle is gone");
  return std::move(*row);
}

// Of a bundle in a job's hands nobody else changes more than what an administrator says of it.
inline base::Status heed_administrator(House& house, ledger::Bundle& copy) {
  copy.held = TRY(as_it_stands(house, copy)).held;
  return base::Done{};
}

inline std::int64_t key_of(const ledger::Share& share) {
  return static_cast<std::int64_t>(base::read_u64_be(share_id(share)));
}

constexpr std::int64_t kFewAttempts = 24;  // with the pauses between them most of a day

// True when the answer asks an administrator, or when trying has gone on for too long.
template <typename Row>
bool postpone(const House& house, Row& row, const jobs::SendReply& reply, base::UnixSeconds since) {
  ++row.attempts;
  // A row that had lain still for days is not given up for the first failure.
  const bool too_long = row.attempts > kFewAttempts && house.now() - since > expire::kGiveUpAfter;
  const bool give_up = reply.remedy != base::Remedy::RetryLater || too_long;
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
