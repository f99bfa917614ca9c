// What the command asks of its confined child, and the answers. JSON in packets of the jobs' kind;
// files travel as descriptors, the key of the patient's UIDs apart from the text.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "deidentify/choices.h"
#include "deidentify/difference.h"
#include "identity/identifiers.h"
#include "jobs/packet.h"

namespace offline {

// Everything about one file that its study needs. Patient data: never printed.
struct Examined {
  bool accepted = false;
  std::string reason;  // why not, without patient data
  bool directory = false;
  std::string study_instance_uid, sop_instance_uid, patient_id, issuer_of_patient_id;
  std::string patient;  // who that is, whatever the spelling
  std::vector<identity::Identifier> identifiers;
};

// What the child needs once for each study, before it rewrites.
struct Study {
  deidentify::Choices choices;
  base::SecretBytes uid_key;  // K_uid
  std::string pseudonym;
  int shift_days = 0;
  std::vector<identity::Identifier> identifiers;
};

struct Rewritten {
  bool released = false;
  bool broken = false;  // not the instance's fault: a full disk
  std::string reason;
  std::string study_instance_uid, sop_instance_uid;  // the new ones
  std::map<std::string, std::uint64_t> counts;
  std::vector<deidentify::Change> changes;  // when they were asked for
};

enum class Ask : std::uint8_t { Examine, Begin, Rewrite, Compare, CompareAloud };
struct Question {
  Ask ask = Ask::Examine;
  Study study;                          // of Begin
  std::vector<disk::Descriptor> files;  // the original; for Rewrite the empty one to write
};

jobs::Packet write(Question question);
base::Result<Question> parse_question(jobs::Packet packet);
jobs::Packet write(const Examined& answer);
jobs::Packet write(const Rewritten& answer);
// The command's side: what a child says that may have been taken over.
base::Result<Examined> parse_examined(const jobs::Packet& packet);
base::Result<Rewritten> parse_rewritten(const jobs::Packet& packet);

}  // namespace offline
