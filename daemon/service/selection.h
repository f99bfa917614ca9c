// What goes into a bundle: its instances, the patient's part of the de-identification keys, and
// what identifies in the study. The child that prepares gets all of that, since it cleans texts;
// the one that verifies what may not be found in the bundle, as the other finds it out for itself.
#pragma once

#include <optional>
#include <vector>

#include "deidentify/engine.h"
#include "jobs/work.h"
#include "service/house.h"
#include "service/policy.h"
#include "vault/entry.h"

namespace service {

struct Identified {
  deidentify::PatientMap patient;     // empty for an identified bundle
  identity::Identifiers identifiers;  // of all instances of the study, also of those left out
};
struct Selection {
  std::vector<ledger::Instance> instances;
  std::uint64_t bytes = 0;  // of their spool files
  Identified identified;
  std::optional<vault::SensitiveEntry> entry;  // when the route asks for the vault
};

base::Result<Selection> select(House& house, const ledger::Bundle& bundle,
                               const BundleProfile& profile);
// AskAdministrator when the study has no instance any more.
base::Result<identity::Identifiers> forbidden_in(House& house, const ledger::Bundle& bundle,
                                                 const BundleProfile& profile);

}  // namespace service
