// Routing: a complete study becomes shares, one a route and recipient, and the bundles that they
// need, in one commit; or it is unrouted: kept, reported, never sent. What cannot be decided is
// held.
#include "route/route.h"

#include "journal/events.h"
#include "seal/primitives.h"
#include "service/facts.h"
#include "service/policy.h"
#include "service/stages.h"

namespace service {
namespace {

struct Plan {
  const route::Rule* rule;
  std::string recipient;
};

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

base::Result<std::vector<Plan>> plan(const House& house, const route::Decision& decision,
                                     const route::StudyView& view) {
  std::vector<Plan> plans;
  for (std::size_t index : decision.matches) {
    const auto& rule = house.settings.routes[index];
    for (auto& recipient : TRY(route::resolve(rule, house.settings.recipients, view)))
      plans.push_back({&rule, std::move(recipient)});
  }
  return plans;
}

// One bundle per preparation: recipients with equal profiles share one upload.
base::Result<ledger::Bundle> bundle_for(House& house, const ledger::Study& study,
                                        const route::Rule& rule) {
  ledger::Bundle bundle;
  bundle.study = study.id;
  bundle.revision = study.revision;
  bundle.profile = write_profile(profile_of(rule));
  bundle.state = "planned";
  bundle.settings = study.settings;
  const std::string determining = std::to_string(study.id) + "/" + std::to_string(study.revision) +
                                  "/" + base::to_hex(seal::sha256(house.domain_key.view())) + "/" +
                                  bundle.profile;
  bundle.preparation = house.ledger->keys().digest("preparation", determining);
  return house.ledger->bundle_for(bundle);
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

base::Status make_share(House& house, const ledger::Study& study, const Plan& plan) {
  const auto bundle = TRY(bundle_for(house, study, *plan.rule));
  auto existing = TRY(house.ledger->share_of(study.id, plan.rule->name, plan.recipient));
  if (existing)
    return existing->bundle == bundle.id ? base::Status(base::Done{})
                                         : amend(house, *existing, bundle);
  ledger::Share share;
  share.id = random_share_id();
  share.study = study.id;
  share.bundle = bundle.id;
  share.revision = study.revision;
  share.route = plan.rule->name;
  share.recipient = plan.recipient;
  share.state = "waiting";
  share.policy = write_policy(policy_of(*plan.rule));
  share.issue = 0;  // counted up before each record that the portal may see
  share.made_at = house.now();
  share.settings = study.settings;
  share.message_id = message_id(house, share);
  TRY(house.ledger->add(share));
  return house.ledger->audit("share.made",
                             {{"share", share.id},
                              {"study", std::to_string(study.id)},
                              {"route", share.route},
                              {"recipient", share.recipient},
                              {"purpose", plan.rule->share.purpose},
                              {"deidentified", plan.rule->deidentify.none ? "no" : "yes"},
                              {"settings", study.settings}});
}

base::Status send_out(House& house, ledger::Study study, const std::vector<Plan>& plans) {
  study.state = "routed";
  TRY(house.ledger->commit([&]() -> base::Status {
    for (const auto& plan : plans) TRY(make_share(house, study, plan));
    TRY(house.ledger->update(study, "complete"));
    return house.ledger->audit("study.routed", {{"study", std::to_string(study.id)},
                                                {"revision", std::to_string(study.revision)},
                                                {"shares", std::to_string(plans.size())},
                                                {"settings", study.settings}});
  }));
  journal::study_routed(study.id, plans.size());
  return base::Done{};
}

base::Status route_one(House& house, ledger::Study study) {
  study.settings = house.settings.revision;
  const auto facts = TRY(read_study(house, study.id, study.revision));
  // Looked at again at this last moment: a release does not make two patients one.
  const auto inconsistent = inconsistency(facts.instances);
  if (!inconsistent.empty()) return hold(house, study, inconsistent);
  if (facts.instances.empty()) return hold(house, study, "every instance of it is quarantined");
  const auto decision = route::decide(house.settings.routes, house.settings.routing, facts.view);
  if (decision.cannot_tell)
    return hold(house, study,
                "a condition could not be evaluated; see `dcmcourier explain " +
                    std::to_string(study.id) + "`");
  if (decision.matches.empty()) return unrouted(house, study);
  auto plans = plan(house, decision, facts.view);
  if (!plans.ok()) return hold(house, study, plans.fault().what);
  for (const auto& one : plans.value())
    if (!one.rule->deidentify.none && house.domain_key.empty())
      return hold(house, study, "there is no de-identification key; see `dcmcourier keys create`");
  return send_out(house, study, plans.value());
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
