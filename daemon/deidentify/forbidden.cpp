// Apart from the engine, which brings decoders along: dispatch asks this, and decodes nothing.
#include <set>
#include <string>
#include <vector>

#include "deidentify/dates.h"
#include "deidentify/engine.h"
#include "deidentify/text_names.h"
#include "identity/fold.h"

namespace deidentify {
namespace {

using dicom::VR;
using identity::Identifier;
using identity::Kind;

// Days that the output rightly shows, since another day was moved there.
std::set<std::string> days_after_shift(const std::vector<Identifier>& study, int days) {
  std::set<std::string> moved;
  for (const auto& identifier : study)
    if (identifier.kind == Kind::Date || identifier.kind == Kind::DeviceDate)
      if (auto day = shift_dates(identifier.text, VR("DA"), days)) moved.insert(*day);
  return moved;
}

}  // namespace

identity::Identifiers forbidden(const std::set<Option>& options, const PatientMap& map,
                                const identity::Identifiers& study) {
  const auto has = [&](Option option) { return options.contains(option); };
  const auto moved = has(Option::ModifyDates) ? days_after_shift(study.reveal(), map.shift_days)
                                              : std::set<std::string>();
  std::vector<Identifier> kept;
  for (const auto& one : study.reveal()) {
    const bool device_date = one.kind == Kind::DeviceDate;
    const bool date = one.kind == Kind::Date || one.kind == Kind::BirthDate || device_date;
    const bool allowed =
        (one.kind == Kind::Uid && has(Option::RetainUIDs)) ||
        ((one.kind == Kind::Device || device_date) && has(Option::RetainDeviceIdentity)) ||
        (one.kind == Kind::Institution && has(Option::RetainInstitutionIdentity)) ||
        ((one.kind == Kind::Date || device_date) && has(Option::RetainFullDates)) ||
        (date && moved.contains(one.text)) ||
        (has(Option::CleanDescriptors) && !date && is_homonym(identity::fold(one.text)));
    if (!allowed) kept.push_back(one);
  }
  return identity::Identifiers(std::move(kept));
}

}  // namespace deidentify
