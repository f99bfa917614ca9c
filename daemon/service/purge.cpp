// Purging: the originals of studies that are over, and the rows' way to `removed`.
#include <map>

#include "service/instances.h"
#include "service/stages.h"

namespace service {
namespace {

constexpr base::Milliseconds kEvery = 60'000;

base::Result<bool> still_needed(House& house, const ledger::Study& study) {
  for (const auto& share : TRY(house.ledger->all_shares()))
    if (share.study == study.id && share.state != "expired" && share.state != "revoked")
      return true;
  return false;
}

base::Status purge_study(House& house, const ledger::Study& study) {
  const auto instances = TRY(house.ledger->instances_of(study.id));
  if (instances.empty() || TRY(still_needed(house, study))) return base::Done{};
  TRY(house.ledger->commit([&] {
    return house.ledger->audit(
        "study.expired_by_policy",
        {{"study", std::to_string(study.id)}, {"instances", std::to_string(instances.size())}});
  }));
  for (const auto& instance : instances)
    TRY(remove_original(house, instance, "removed", "studies.keep is over"));
  return base::Done{};
}

}  // namespace

base::Status purge_originals(House& house) {
  if (house.clock.monotonic() < house.hints.purge_due) return base::Done{};
  house.hints.purge_due = house.clock.monotonic() + kEvery;
  for (const char* state : {"routed", "unrouted"})
    for (const auto& study : TRY(house.ledger->studies_in(state)))
      if (study.last_receipt + house.settings.studies.keep < house.now()) {
        const auto done = purge_study(house, study);
        if (!done.ok()) return done;
      }
  return base::Done{};
}

}  // namespace service
