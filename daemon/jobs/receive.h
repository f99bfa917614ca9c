// What receive tells dispatch: which associations are open, and that something was stored. Hints
// only; the spool is the truth.
#pragma once

#include <string>
#include <vector>

#include "jobs/packet.h"

namespace jobs {

struct OpenAssociation {
  std::string id;          // 32 hex digits: the name of its folder in the spool
  bool in_flight = false;  // an instance is arriving
};
struct ReceiveReport {
  std::vector<OpenAssociation> open;
};
base::Status send_report(int socket, const ReceiveReport& report);
base::Result<ReceiveReport> parse_report(const Packet& packet);

}  // namespace jobs
