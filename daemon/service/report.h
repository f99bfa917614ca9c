// How a bundle was de-identified, kept with the audit: numbers, digests and reasons, no patient
// data.
#pragma once

#include "jobs/work.h"
#include "ledger/rows.h"
#include "service/house.h"

namespace service {

// With what a job began; both may change before it ends.
struct Given {
  std::string site;  // digest of the site lists, empty when there are none
  std::string key;   // id of the de-identification key
};
Given given_now(const House& house);

// Within the commit of what it tells of.
base::Status keep_report(House& house, const ledger::Bundle& bundle,
                         const jobs::PrepareReply& reply, const Given& given);

}  // namespace service
