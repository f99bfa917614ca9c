// When each configured caller last brought an instance: for `doctor`, and as a metric. Kept by the
// caller as the settings name it, so that nothing that a peer makes up is kept.
#pragma once

#include <map>
#include <string>

#include "service/house.h"

namespace service {

std::string caller_name(const settings::Caller& caller);  // "CT01 from 10.1.2.0/24"

class SeenCallers {
 public:
  explicit SeenCallers(House& house) : house_(house) {}
  base::Status saw(const ledger::Instance& instance, const std::string& calling_ae_title);
  base::Status keep();  // inside a commit

 private:
  House& house_;
  std::map<std::string, std::string> peers_;    // association -> address
  std::map<std::string, std::int64_t> latest_;  // note -> when
};

// In the order of the settings; 0: never.
base::Result<std::vector<std::pair<std::string, base::UnixSeconds>>> callers_last_seen(
    House& house);

}  // namespace service
