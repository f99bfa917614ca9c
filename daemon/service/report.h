// How a bundle was de-identified, kept with the audit: numbers, digests and reasons, no patient
// data.
#pragma once

#include "jobs/work.h"
#include "ledger/rows.h"
#include "service/house.h"

namespace service {

// Within the commit of what it tells of. `site`: digest of the site lists, empty when there are
// none.
base::Status keep_report(House& house, const ledger::Bundle& bundle,
                         const jobs::PrepareReply& reply, const std::string& site);

}  // namespace service
