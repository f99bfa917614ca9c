// The vault as dispatch uses it: it adds entries and cannot read them.
#pragma once

#include <optional>

#include "deidentify/engine.h"
#include "service/answers.h"
#include "service/policy.h"
#include "vault/entry.h"

namespace service {

// Whom this bundle's pseudonym stands for, from the very keys that its job gets.
vault::SensitiveEntry entry_of(const House& house, const BundleProfile& profile,
                               const std::vector<jobs::Facts>& study,
                               const deidentify::PatientMap& patient);

// Durable before the package is written. RetryLater: the vault's disk.
base::Result<std::int64_t> enter(House& house, const ledger::Bundle& bundle,
                                 const vault::SensitiveEntry& entry);
// What may leave: its route does not ask for the vault, or its entry is there, and whole.
base::Result<bool> may_leave(House& house, const ledger::Bundle& bundle);

// A step: looks that were noted in the vault go into the audit chain.
base::Status take_looks(House& house);
base::Result<control::Reply> take_looks_now(House& house, const Arguments& arguments);

}  // namespace service
