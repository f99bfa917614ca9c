// What a bundle and a share keep of the rule that made them, so that a change of settings does not
// change work in flight. JSON in the ledger.
#pragma once

#include <string>
#include <vector>

#include "jobs/work.h"
#include "route/route.h"
#include "service/house.h"

namespace service {

// What determines the content of a bundle.
struct BundleProfile {
  jobs::Profile deidentify;
  std::vector<std::string> leave_out_sop_classes, leave_out_modalities;
  bool compress = true, pad = true;
  bool vault = false;  // nothing leaves without its entry there
};
BundleProfile profile_of(const route::Rule& rule);
std::string write_profile(const BundleProfile& profile);
base::Result<BundleProfile> parse_profile(const std::string& text);
bool leaves_out(const BundleProfile& profile, const jobs::Facts& facts);

struct Policy {
  std::int64_t lifetime = 0;  // seconds
  std::string purpose;
  bool code = true;
};
Policy policy_of(const route::Rule& rule);
std::string write_policy(const Policy& policy);
base::Result<Policy> parse_policy(const std::string& text);

// Fixed before the first attempt to send: share, arm, and the hospital's own domain.
std::string message_id(const House& house, const ledger::Share& share);

}  // namespace service
