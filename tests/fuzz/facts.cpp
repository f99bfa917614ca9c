// Facts of an instance, as a child tells them and the ledger keeps them: what dispatch believes is
// plausible, and names a patient.
#include "service/facts.h"

#include "fuzz.h"
#include "jobs/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto read = jobs::parse_facts(std::string(base::as_text({bytes, size})));
  if (!read.ok()) return 0;
  const auto& facts = read.value();
  const auto written = jobs::facts_text(facts);
  const auto again = jobs::parse_facts(written);
  HOLDS(again.ok() && jobs::facts_text(again.value()) == written);
  const auto reason = service::short_reason(facts.patient_name);
  HOLDS(!reason.empty() && reason.size() <= 200);
  if (!service::complaint_about(facts).empty()) return 0;
  HOLDS(!facts.study_instance_uid.empty() && facts.study_instance_uid.size() <= 64);
  HOLDS(facts.calling_ae_title.size() <= 16 && facts.attributes.size() <= 256);
  const auto patient = service::patient_of(facts);
  HOLDS(std::count(patient.begin(), patient.end(), '\x1F') >= 3);
  return 0;
}
