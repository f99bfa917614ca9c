// How a bundle was de-identified, kept with the audit: numbers, digests and reasons, no patient
// data.
#pragma once

#include "jobs/work.h"
#include "ledger/rows.h"
#include "service/house.h"

namespace service {

// Within the commit of what it tells of.
base::Status keep_report(House& house, const ledger::Bundle& bundle,
                         const jobs::PrepareReply& reply);

}  // namespace service
