// Handing spool files to jobs, and taking them out of the spool. The one place that derives a
// file's segment key.
#pragma once

#include "jobs/work.h"
#include "service/house.h"

namespace service {

// Opens the file and derives the key of just its stream. Reject: the file is damaged or lost, and
// the reason says how; anything else passes, or can be repaired.
base::Result<jobs::SealedInstance> hand_over(House& house, const ledger::Instance& instance);

// One that cannot be handed over now: not looked at again for a while, so that the others go on.
void leave_for_later(House& house, std::int64_t instance);
bool is_left_for_later(House& house, std::int64_t instance);

base::Status quarantine(House& house, ledger::Instance instance, const std::string& reason);

// Takes the original out of the spool; its row stays, as `state`.
base::Status remove_original(House& house, ledger::Instance instance, const std::string& state,
                             const std::string& why);

base::Status remove_forgotten(House& house);  // files whose rows say that they are gone
base::Status sweep_outbox(House& house);      // files that no bundle names

}  // namespace service
