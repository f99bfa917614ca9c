#include "service/selection.h"

#include "deidentify/site.h"
#include "jobs/json.h"
#include "service/facts.h"
#include "service/reidentify.h"

namespace service {
namespace {

// The first instance tells who the patient is; that all are of one was checked before.
base::Status forbid(House& house, const ledger::Bundle& bundle, const BundleProfile& profile,
                    const jobs::Facts& first, Forbidden& forbidden) {
  forbidden.identifiers = TRY(read_identifiers(house, bundle.study));
  if (profile.deidentify.base == "none") return base::Done{};
  // Every instance has brought its UIDs at least: a search for nothing would find nothing.
  if (forbidden.identifiers.reveal().empty())
    return base::ask_administrator("service.select", "the ledger has no identifiers of the study");
  forbidden.patient = deidentify::patient_map(house.domain_key, first.patient_id,
                                              first.issuer_of_patient_id, first.study_instance_uid);
  deidentify::SiteLists site;
  site.names = house.settings.site.names;
  forbidden.identifiers =
      deidentify::forbidden(TRY(deidentify::parse_options(profile.deidentify.options)),
                            forbidden.patient, deidentify::with_names(forbidden.identifiers, site));
  return base::Done{};
}

}  // namespace

base::Result<Selection> select(House& house, const ledger::Bundle& bundle,
                               const BundleProfile& profile) {
  auto study = TRY(read_study(house, bundle.study, bundle.revision));
  Selection selection;
  if (study.facts.empty()) return selection;
  TRY(forbid(house, bundle, profile, study.facts.front(), selection.forbidden));
  if (profile.vault)
    selection.entry = entry_of(house, profile, study.facts, selection.forbidden.patient);
  for (std::size_t i = 0; i < study.instances.size(); ++i) {
    if (leaves_out(profile, study.facts[i])) continue;
    selection.bytes += study.instances[i].size;
    selection.instances.push_back(std::move(study.instances[i]));
  }
  return selection;
}

base::Result<Forbidden> forbidden_in(House& house, const ledger::Bundle& bundle,
                                     const BundleProfile& profile) {
  for (const auto& instance : TRY(house.ledger->instances_of(bundle.study))) {
    if (instance.revision > bundle.revision) continue;
    const auto first = TRY(jobs::parse_facts(TRY(house.ledger->facts(instance.id))));
    Forbidden forbidden;
    TRY(forbid(house, bundle, profile, first, forbidden));
    return forbidden;
  }
  return base::ask_administrator("service.select", "no instance of the study is left");
}

}  // namespace service
