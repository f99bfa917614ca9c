// The jobs of a work child: examine a batch of instances, digest a few, prepare a bundle.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/sensitive.h"
#include "identity/identifiers.h"
#include "jobs/packet.h"

namespace jobs {

// One spool file, open for reading, with the derived key of just its own stream. The sealed stream
// begins behind the spool header (spool/format.h); its plaintext is a Part 10 file.
struct SealedInstance {
  std::int64_t instance = 0;  // row in the ledger
  disk::Descriptor file;
  base::SecretBytes segment_key;
};

// What examining found in one instance. Patient data: never printed.
struct Facts {
  std::string study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid,
      transfer_syntax_uid;
  std::string patient_id, issuer_of_patient_id, patient_name, patient_birth_date, modality;
  std::string calling_ae_title, called_ae_title;
  std::uint64_t data_set_size = 0;
  // Tag path ("0008103E", "00400275>00400009") -> values as UTF-8, for every path asked for that is
  // present. An empty vector: present without a value.
  std::map<std::string, std::vector<std::string>> attributes;
  std::vector<std::string> undecodable;  // paths asked for whose text could not be decoded
  identity::Identifiers identifiers;
};

struct ExamineJob {
  std::vector<SealedInstance> instances;
  std::vector<std::string> paths;
};
struct Examined {
  std::int64_t instance = 0;
  bool accepted = false;
  std::string reason;            // why not, without patient data
  base::Sensitive<Facts> facts;  // when accepted
};
struct ExamineReply {
  std::vector<Examined> examined;  // one for each instance of the job, in its order
};

// SHA-256 of the data sets (what follows the File Meta Information), to tell a duplicate from other
// content under the same SOP Instance UID; `pixels` is that of the pixel data's decoded length and
// bytes where it is native, empty where it is not.
struct DigestJob {
  std::vector<SealedInstance> instances;
};
struct DigestReply {
  std::vector<std::string> data_sets;  // hex, in the job's order; empty: could not be read
};

// How a bundle is de-identified; the words of the configuration.
struct Profile {
  std::string base = "basic";          // or "none"
  std::vector<std::string> options;    // "retain_patient_characteristics", "modify_dates", ...
  bool drop_instance = false;          // on_quarantine: drop_instance
  bool blocklist = false;              // text: blocklist
  std::vector<std::string> overrides;  // as deidentify/overrides.h writes them
};

// The hospital's own lists, as the engine takes them (deidentify/choices.h).
struct SiteLists {
  std::vector<std::string> names, number_patterns, allowed_words, device_rules;
};

struct PrepareJob {
  std::uint32_t instances = 0;  // fetched by the child, a batch at a time, as often as it needs
  Profile profile;
  SiteLists site;
  base::SecretBytes uid_key;  // K_uid
  std::string pseudonym;      // of this study's patient
  int shift_days = 0;
  identity::Identifiers identifiers;  // of the whole study
  std::array<std::uint8_t, 16> package_id{}, index_id{};
  base::SecretBytes package_key, index_key;  // blob keys
  disk::Descriptor package, index;           // empty files, to be written and synced
  bool pad = true;
  bool compress = true;
  std::string sender;   // for README.TXT: name of the hospital
  std::string contact;  // telephone
};
struct SealedBlob {
  std::uint64_t length = 0;         // of the content, before padding
  std::uint64_t sealed_length = 0;  // of the file
};
struct Setback {
  std::int64_t instance = 0;
  std::string reason;
};
struct PrepareReply {
  bool sealed = false;
  std::string reason;  // when not: why the bundle is held
  SealedBlob package, index;
  std::uint32_t released = 0;  // instances in the bundle
  std::uint32_t series = 0;
  std::vector<Setback>
      setbacks;  // instances that were quarantined (and dropped, where the profile says so)
  std::map<std::string, std::uint64_t> counts;  // action -> elements, for the report
};

using WorkJob = std::variant<ExamineJob, DigestJob, PrepareJob>;

}  // namespace jobs
