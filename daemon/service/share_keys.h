// The keys of a share and what is sealed with them: secret, code, root; record for the portal;
// link.
#pragma once

#include <optional>
#include <string>

#include "seal/schedule.h"
#include "service/house.h"
#include "service/policy.h"
#include "share/link.h"

namespace service {

std::string secret_key_name(const ledger::Share& share);
std::string root_key_name(const ledger::Share& share);
std::string code_key_name(const ledger::Share& share);             // code: operator
std::string recipient_code_name(const std::string& recipient_id);  // code: agreed

// Why a share is held until somebody makes the recipient's standing code.
std::string no_code_agreed(const std::string& recipient_id);

share::Id share_id(const ledger::Share& share);
share::Mode mode_of(const Policy& policy);

// Draws secret and code where this arm has none yet and derives root; what is there stays. Reject
// when a standing code is needed that nobody has made.
base::Status ensure_keys(House& house, const ledger::Share& share, const Policy& policy);

// PUT /d/1/shares/ID: cover and grants sealed afresh. JSON.
base::Result<std::string> record_for(House& house, const ledger::Share& share,
                                     const ledger::Bundle& bundle, base::UnixSeconds now);

// Needs the secret, which is erased once the share is announced.
base::Result<std::string> link_of(House& house, const ledger::Share& share, const Policy& policy);

// Secret, root and code of this arm and of all before it: after this nothing opens what the portal
// may have kept.
base::Status erase_keys(House& house, const ledger::Share& share);

base::Result<std::string> new_code(House& house, const std::string& key_name);

}  // namespace service
