#include "service/selection.h"

#include "service/facts.h"

namespace service {
namespace {

base::Result<std::set<deidentify::Option>> options_of(const BundleProfile& profile) {
  std::set<deidentify::Option> options;
  for (const auto& word : profile.deidentify.options) {
    const auto option = deidentify::parse_option(word);
    if (!option)
      return base::ask_administrator("service.select",
                                     "an unknown de-identification option: " + word);
    options.insert(*option);
  }
  return options;
}

}  // namespace

base::Result<Selection> select(House& house, const ledger::Bundle& bundle,
                               const BundleProfile& profile) {
  auto study = TRY(read_study(house, bundle.study, bundle.revision));
  Selection selection;
  if (study.facts.empty()) return selection;
  const auto& first = study.facts.front();
  std::vector<const identity::Identifiers*> identifiers;
  for (const auto& facts : study.facts) identifiers.push_back(&facts.identifiers);
  selection.identifiers = identity::united(identifiers);
  for (std::size_t i = 0; i < study.instances.size(); ++i) {
    if (leaves_out(profile, study.facts[i])) continue;
    selection.bytes += study.instances[i].size;
    selection.instances.push_back(std::move(study.instances[i]));
  }
  if (profile.deidentify.base == "none") return selection;
  selection.patient = deidentify::patient_map(house.domain_key, first.patient_id,
                                              first.issuer_of_patient_id, first.study_instance_uid);
  selection.identifiers =
      deidentify::forbidden(TRY(options_of(profile)), selection.patient, selection.identifiers);
  return selection;
}

}  // namespace service
