// The rows of the ledger, as values. Times are seconds since 1970 UTC. `held` is a column, not a
// state: empty, or why an administrator has to look; releasing resumes in place.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace ledger {

struct Association {
  std::string id;  // 32 hex digits
  std::string peer_address, listener;
  std::int64_t opened_at = 0;
  std::uint32_t next_sequence = 1;  // of the first spool file not yet in the ledger
  bool closed = false;
};

// received -> examined | comparing | quarantined; comparing -> examined | duplicate; then ->
// removed
struct Instance {
  std::int64_t id = 0;
  std::string association;
  std::uint32_t sequence = 0;
  std::int64_t received_at = 0;
  std::uint64_t size = 0;  // of the spool file
  std::string state;
  std::int64_t study = 0;     // 0: not known yet
  std::int64_t revision = 0;  // of the study that it came with
  base::Bytes sop_key;        // keyed digest of the SOP Instance UID
  base::Bytes patient_key;    // keyed digest of who the patient is
  std::int64_t twin = 0;      // the instance that came first under the same SOP Instance UID
  std::string reason;         // of a quarantine
};

// assembling -> complete -> routed | unrouted; a late instance leads back to assembling
struct Study {
  std::int64_t id = 0;
  base::Bytes key;  // keyed digest of the Study Instance UID
  std::string state;
  std::int64_t revision = 1;
  std::int64_t approved = 1;  // the revision that may be sent without being released
  std::int64_t first_receipt = 0, last_receipt = 0;
  std::int64_t deadline = 0;  // when the quiet period is over
  std::string held;
  std::string settings;  // revision of the settings that routed it
};

// planned -> prepared -> sealed -> published -> deleted
struct Bundle {
  std::int64_t id = 0;
  std::int64_t study = 0, revision = 0;
  base::Bytes
      preparation;  // digest of what determines its content; random once nothing may find it
  // "": a share has named it. Until then "fits", planned before its study was complete, or
  // "overtaken", when the study has grown since.
  std::string ahead;
  std::string profile;  // JSON: de-identification, selection, packing
  std::string state;
  base::Bytes package_id, index_id;  // 16 each: new at every sealing
  std::int64_t package_length = 0, package_sealed = 0, index_length = 0, index_sealed = 0;
  base::Bytes package_sums, index_sums, package_sha256, index_sha256;
  bool package_up = false, index_up = false;
  std::int64_t instances = 0, series = 0;
  std::int64_t attempts = 0, next_attempt = 0;
  std::string held;
  std::string settings;
};

// waiting -> announced -> expired; waiting | announced -> revoking -> revoked
struct Share {
  std::string id;  // 32 hex digits
  std::int64_t study = 0, bundle = 0, revision = 0;
  std::string route, recipient, state;
  std::string policy;  // JSON: lifetime, purpose, mode, code
  std::int64_t arm = 1, issue = 1;
  bool ready = false;  // the portal has confirmed this arm and issue
  std::int64_t made_at = 0, not_after = 0, announced_at = 0, opened_at = 0;
  std::string message_id;
  std::int64_t attempts = 0, next_attempt = 0;
  std::string held;
  std::string last;  // what the last attempt was answered
  std::string settings;
};

}  // namespace ledger
