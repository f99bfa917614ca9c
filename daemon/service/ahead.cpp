// Ahead: while the quiet period of a study runs, the bundles that it would need if nothing more
// came are planned, prepared and verified. Nothing of them leaves before the study is complete,
// routed and a share names them; what still comes makes them useless, and they are deleted.
#include "service/outlook.h"
#include "service/stages.h"

namespace service {
namespace {

base::Status plan(House& house, ledger::Bundle bundle) {
  bundle.ahead = "fits";
  const auto planned = TRY(house.ledger->bundle_for(bundle));
  return house.ledger->audit("bundle.planned_ahead", {{"bundle", std::to_string(planned.id)},
                                                      {"study", std::to_string(planned.study)}});
}

}  // namespace

base::Status plan_ahead(House& house, const ledger::Study& study) {
  if (study.revision > study.approved) return base::Done{};  // it will be held
  auto& seen = house.hints.planned_ahead[study.id];
  const auto receipt = house.hints.last_receipt[study.id];
  if (seen == receipt) return base::Done{};
  seen = receipt;
  // What would hold it is said when it is complete.
  const auto foreseen = TRY(outlook(house, study));
  if (foreseen.deliveries.empty()) return base::Done{};
  return house.ledger->commit([&]() -> base::Status {
    for (const auto& delivery : foreseen.deliveries) TRY(plan(house, delivery.bundle));
    return base::Done{};
  });
}

}  // namespace service
