// Facts come from hostile bytes through a child that may have been hijacked: dispatch believes
// nothing that does not pass here.
#pragma once

#include <string>
#include <vector>

#include "jobs/work.h"
#include "route/route.h"
#include "service/house.h"

namespace service {

// Empty when the facts are plausible; else what is wrong, without patient data.
std::string complaint_about(const jobs::Facts& facts);
// A child's reason, cut and made printable.
std::string short_reason(const std::string& reason);
// Who the patient is, normalised so that spelling alone makes no other patient: ID, issuer, birth
// date and the alphabetic name.
std::string patient_of(const jobs::Facts& facts);

inline constexpr const char* kAccessionNumber = "00080050";
std::vector<std::string> wanted_paths(const House& house);

// A study as its instances tell it: for matching, de-identifying, and the check of promise 5.
struct StudyFacts {
  std::vector<ledger::Instance> instances;
  std::vector<jobs::Facts> facts;  // of each
  base::Sensitive<std::vector<route::InstanceView>> view;
};
base::Result<StudyFacts> read_study(House& house, std::int64_t study, std::int64_t revision);

base::Result<identity::Identifiers> read_identifiers(House& house, std::int64_t study);
// Empty, or why this study may not be sent: more than one patient, other content under one UID.
std::string inconsistency(const std::vector<ledger::Instance>& instances);

}  // namespace service
