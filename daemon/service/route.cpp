// Routing: a complete study becomes shares, one a route and recipient, and the bundles that they
// need, in one commit; or it is unrouted: kept, reported, never sent. What cannot be decided is
// held.
#include "journal/events.h"
#include "seal/primitives.h"
#include "service/outlook.h"
#include "service/policy.h"
#include "service/stages.h"

namespace service {
namespace {

base::Status settle(House& house, ledger::Study study, const std::string& event,
                    std::map<std::string, std::string> fields) {
  fields["study"] = std::to_string(study.id);
  fields["settings"] = study.settings;
  return house.ledger->commit([&]() -> base::Status {
    TRY(house.ledger->update(study, "complete"));
    return house.ledger->audit(event, fields);
  });
}

base::Status hold(House& house, ledger::Study study, const std::string& reason) {
  study.held = reason;
  TRY(settle(house, study, "study.held", {{"reason", reason}}));
  journal::study_held(study.id, reason);
  return base::Done{};
}

base::Status unrouted(House& house, ledger::Study study) {
  study.state = "unrouted";
  TRY(settle(house, study, "study.unrouted", {}));
  journal::study_unrouted(study.id);
  return base::Done{};
}

std::string random_share_id() {
  std::array<std::uint8_t, 16> id{};
  seal::random_bytes(id);
  return base::to_hex(id);
}

// A late revision goes out under the share that is there: its link opens the new bundle.
base::Status amend(House& house, ledger::Share share, const ledger::Bundle& bundle) {
  const std::string before = share.state;
  if (before != "waiting" && before != "announced") {
    return house.ledger->audit("share.not_amended", {{"share", share.id}, {"state", share.state}});
  }
  share.bundle = bundle.id;
  share.revision = bundle.revision;
  share.ready = false;
  ++share.issue;
  TRY(house.ledger->update(share, before));
  return house.ledger->audit("share.amended",
                             {{"share", share.id}, {"revision", std::to_string(share.revision)}});
}

base::Status make_share(House& house, const ledger::Study& study, const Delivery& delivery) {
  const auto& rule = *delivery.rule;
  const auto bundle = TRY(house.ledger->bundle_for(delivery.bundle));
  auto existing = TRY(house.ledger->share_of(study.id, rule.name, delivery.recipient));
  if (existing)
    return existing->bundle == bundle.id ? base::Status(base::Done{})
                                         : amend(house, *existing, bundle);
  ledger::Share share;
  share.id = random_share_id();
  share.study = study.id;
  share.bundle = bundle.id;
  share.revision = study.revision;
  share.route = rule.name;
  share.recipient = delivery.recipient;
  share.state = "waiting";
  share.policy = write_policy(policy_of(rule));
  share.issue = 0;  // counted up before each record that the portal may see
  share.made_at = house.now();
  share.settings = study.settings;
  share.message_id = message_id(house, share);
  TRY(house.ledger->add(share));
  return house.ledger->audit("share.made", {{"share", share.id},
                                            {"study", std::to_string(study.id)},
                                            {"route", share.route},
                                            {"recipient", share.recipient},
                                            {"purpose", rule.share.purpose},
                                            {"deidentified", rule.deidentify.none ? "no" : "yes"},
                                            {"settings", study.settings}});
}

base::Status send_out(House& house, ledger::Study study, const std::vector<Delivery>& deliveries) {
  study.state = "routed";
  TRY(house.ledger->commit([&]() -> base::Status {
    for (const auto& delivery : deliveries) TRY(make_share(house, study, delivery));
    TRY(house.ledger->update(study, "complete"));
    return house.ledger->audit("study.routed", {{"study", std::to_string(study.id)},
                                                {"revision", std::to_string(study.revision)},
                                                {"shares", std::to_string(deliveries.size())},
                                                {"settings", study.settings}});
  }));
  journal::study_routed(study.id, deliveries.size());
  return base::Done{};
}

base::Status route_one(House& house, ledger::Study study) {
  study.settings = house.settings.revision;
  const auto [reason, deliveries] = TRY(outlook(house, study));
  if (!reason.empty()) return hold(house, study, reason);
  if (deliveries.empty()) return unrouted(house, study);
  return send_out(house, study, deliveries);
}

}  // namespace

base::Status route(House& house) {
  base::Status outcome = base::Done{};
  for (const auto& study : TRY(house.ledger->studies_in("complete"))) {
    // While new settings have it examined again, its instances are not all there.
    if (TRY(house.ledger->examined_again(study.id))) continue;
    auto done = route_one(house, study);
    if (!done.ok()) outcome = std::move(done);  // the others go on
  }
  return outcome;
}

}  // namespace service
