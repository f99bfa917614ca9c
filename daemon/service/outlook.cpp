#include "service/outlook.h"

#include "seal/primitives.h"
#include "service/facts.h"
#include "service/policy.h"

namespace service {
namespace {

Outlook held(const std::string& reason) { return {reason, {}}; }

base::Result<ledger::Bundle> bundle_of(House& house, const ledger::Study& study,
                                       const route::Rule& rule) {
  ledger::Bundle bundle;
  bundle.study = study.id;
  bundle.revision = study.revision;
  bundle.profile = write_profile(profile_of(rule));
  bundle.state = "planned";
  bundle.settings = house.settings.revision;
  bundle.preparation = TRY(preparation_of(house, bundle));
  return bundle;
}

base::Result<Outlook> deliveries(House& house, const ledger::Study& study,
                                 const route::Decision& decision, const route::StudyView& view) {
  Outlook outlook;
  for (std::size_t index : decision.matches) {
    const auto& rule = house.settings.routes[index];
    auto recipients = route::resolve(rule, house.settings.recipients, view);
    if (!recipients.ok()) return held(recipients.fault().what);
    if (!rule.deidentify.none && house.domain_key.empty())
      return held("there is no de-identification key; see `dcmcourier keys create`");
    const auto bundle = TRY(bundle_of(house, study, rule));
    for (auto& recipient : recipients.value())
      outlook.deliveries.push_back({&rule, std::move(recipient), bundle});
  }
  return outlook;
}

}  // namespace

base::Result<Outlook> outlook(House& house, const ledger::Study& study) {
  const auto facts = TRY(read_study(house, study.id, study.revision));
  // Looked at again at this last moment: a release does not make two patients one.
  const auto inconsistent = inconsistency(facts.instances);
  if (!inconsistent.empty()) return held(inconsistent);
  if (facts.instances.empty()) return held("every instance of it is quarantined");
  const auto decision = route::decide(house.settings.routes, house.settings.routing, facts.view);
  if (decision.cannot_tell)
    return held("a condition could not be evaluated; see `dcmcourier explain " +
                std::to_string(study.id) + "`");
  return deliveries(house, study, decision, facts.view);
}

base::Result<base::Bytes> preparation_of(House& house, const ledger::Bundle& bundle) {
  std::string determining = std::to_string(bundle.study) + "/" + std::to_string(bundle.revision) +
                            "/" + base::to_hex(seal::sha256(house.domain_key.view())) + "/" +
                            bundle.profile + "/";
  for (const auto& instance : TRY(house.ledger->instances_of(bundle.study)))
    if (instance.revision <= bundle.revision) determining += std::to_string(instance.id) + ",";
  // They are never fewer: their number tells whether they are the same.
  determining += "/" + std::to_string(TRY(house.ledger->identifier_count(bundle.study)));
  if (!house.settings.site.digest.empty()) determining += "/" + house.settings.site.digest;
  return house.ledger->keys().digest("preparation", determining);
}

}  // namespace service
