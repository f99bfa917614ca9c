// Dispatch's metrics: from the ledger, the disk and what this process has counted since it began.
// Labels are stages, states, roles and configured callers: few, and nothing of a patient.
#pragma once

#include "metrics/text.h"
#include "service/house.h"

namespace service {

base::Result<std::vector<metrics::Family>> measure(House& house);
// As text; measured anew at most every two seconds, and for no more than a twentieth of the time,
// however often it is asked for.
std::string metrics_text(House& house);

}  // namespace service
