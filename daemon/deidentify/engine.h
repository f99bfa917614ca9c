// De-identification of one instance at a time (PS3.15 Annex E), for a study whose identifiers are
// already collected. Pure: the header is a value, pixel data stays an extent of the source.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret_bytes.h"
#include "deidentify/choices.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"
#include "identity/identifiers.h"
#include "recognize/reader.h"

namespace deidentify {

std::optional<Option> parse_option(std::string_view word);  // "modify_dates"
base::Result<std::set<Option>> parse_options(const std::vector<std::string>& words);
// Combinations that the standard excludes: Reject with the reason.
base::Status check_options(const std::set<Option>& options);

// One patient's share of the domain's keys. Nothing here leads to another patient.
struct PatientMap {
  base::SecretBytes uid_key;  // K_uid
  std::string pseudonym;
  int shift_days = 0;
};
// From the domain key K (32 bytes), for dispatch alone (docs/deidentification.md has the vectors).
PatientMap patient_map(const base::SecretBytes& domain_key, std::string_view patient_id,
                       std::string_view issuer_of_patient_id, std::string_view study_instance_uid);
std::string map_uid(const base::SecretBytes& uid_key, std::string_view uid);

// What of a study's identifiers may not appear in what these options make of it: without the dates,
// device, institution or UIDs that they keep. For every scan of the output, also of other
// processes.
identity::Identifiers forbidden(const std::set<Option>& options, const PatientMap& map,
                                const identity::Identifiers& study);

class Trace;  // deidentify/trace.h

struct Outcome {
  bool released = false;
  std::string reason;  // of the quarantine, without patient data
  dicom::File file;    // when released: what to write with dicom::write_file
  // When pixels were cleaned, or lost what hid beside them: where to write it from, in place of the
  // original, which it reads.
  std::shared_ptr<const dicom::Source> source;
  std::map<std::string, std::uint64_t> counts;  // action -> elements
};

class Engine {
 public:
  // `reader` reads what is left in pixels that were blanked; without one they are quarantined.
  static base::Result<Engine> create(const Choices& choices, PatientMap map,
                                     const identity::Identifiers& study,
                                     recognize::Reader* reader = nullptr);
  Engine(Engine&&) noexcept;
  ~Engine();
  // Transforms and, on the transformed header, runs the residual scan and mends optional text once.
  // With `trace`, what was decided for each element is told there.
  base::Result<Outcome> rewrite(const dicom::File& original, const dicom::Source& source,
                                Trace* trace = nullptr) const;
  // Of an instance that it released before: the same again, its pixels not read a second time. For
  // whoever holds what comes against what came.
  base::Result<Outcome> rewrite_again(const dicom::File& original,
                                      const dicom::Source& source) const;
  // A pass over the bytes that will really be sealed; feed it everything that write_file writes.
  const identity::Searcher& searcher() const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  base::Result<Outcome> rewrite(const dicom::File& original, const dicom::Source& source,
                                Trace* trace, bool reads) const;
  std::unique_ptr<State> state_;
};

}  // namespace deidentify
