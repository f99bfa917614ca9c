// Answering an A-ASSOCIATE-RQ (PS3.8 section 7.1): pure, the peer's address is an argument.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "receive/callers.h"
#include "receive/pdu.h"

namespace receive {

struct Policy {
  std::vector<std::string> ae_titles;  // that are called here; "*": any
  std::vector<AllowedCaller> callers;
};

struct PresentationContext {
  std::string abstract_syntax, transfer_syntax;
};
struct Accepted {
  std::vector<AnsweredContext> answers;                  // for every context proposed, in its order
  std::map<std::uint8_t, PresentationContext> contexts;  // the accepted ones
};

// Each context that is accepted gets the first proposed transfer syntax that is not deflated.
std::variant<Accepted, Rejection> negotiate(const AssociateRequest& request, const Policy& policy,
                                            const Peer& peer);

}  // namespace receive
