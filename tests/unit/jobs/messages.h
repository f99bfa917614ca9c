// What the tests of messages share: facts to send, and the way back.
#pragma once

#include <stdexcept>

#include "jobs/json.h"
#include "jobs/send.h"
#include "jobs/verify.h"
#include "jobs/work.h"

namespace messages {

template <typename T>
T must(base::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.fault().what);
  return std::move(result).value();
}

inline identity::Identifiers some_identifiers() {
  return identity::Identifiers(
      {{identity::Kind::Name, "vandermolen"}, {identity::Kind::Uid, "1.2.3"}});
}

inline jobs::Facts some_facts() {
  jobs::Facts f;
  f.study_instance_uid = "1.1";
  f.series_instance_uid = "1.2";
  f.sop_instance_uid = "1.3";
  f.sop_class_uid = "1.4";
  f.transfer_syntax_uid = "1.5";
  f.patient_id = "P\"1\\";
  f.issuer_of_patient_id = "I";
  f.patient_name = "Müller^Ünal";
  f.patient_birth_date = "19700101";
  f.modality = "CT";
  f.calling_ae_title = "CT1";
  f.called_ae_title = "DCM";
  f.data_set_size = 1ull << 40;
  f.attributes = {{"0008103E", {"KNEE", ""}}, {"00400275>00400009", {}}};
  f.undecodable = {"00081030"};
  f.identifiers = some_identifiers();
  return f;
}

template <typename Reply, typename Message>
Reply back(const Message& message) {
  return std::get<Reply>(must(jobs::parse_from_child(jobs::write(message))));
}

}  // namespace messages
