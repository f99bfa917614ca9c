// An entry of the re-identification vault: whom a pseudonym stands for, sealed to the public half
// of a key whose private half is kept elsewhere (docs/vault.md). Who adds entries cannot read them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sensitive.h"
#include "seal/primitives.h"

namespace vault {

struct Entry {
  std::string patient_id, issuer_of_patient_id, accession_number, study_instance_uid;
  std::string pseudonym, new_study_instance_uid;
  std::vector<std::string> options;  // of the profile, as configured
  std::string domain_key;            // its id: which key the pseudonym follows from
  std::int64_t made_at = 0;
};
using SensitiveEntry = base::Sensitive<Entry>;

using KeyId = std::array<std::uint8_t, 8>;
KeyId key_id(base::ByteView point);

// `point`: 65 bytes; Reject when it is not on the curve.
base::Result<base::Bytes> seal_entry(const SensitiveEntry& entry, base::ByteView point);
// Reject: damaged, or sealed to another key.
base::Result<SensitiveEntry> open_entry(base::ByteView sealed, const seal::KeyPair& holder);
KeyId key_id_of(base::ByteView sealed);  // zeros when it is too short to have one

// Everything but the time: what makes two entries the same.
std::string content_of(const SensitiveEntry& entry);
// Under which an entry is found by who knows the pseudonym or the new UID.
seal::Digest look_up(std::string_view released);

}  // namespace vault
