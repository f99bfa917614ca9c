// What dispatch and portal say to each other (docs/share.md sections 7 and 10). The portal never
// learns recipient, mode, code, secret or content.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "share/grant.h"
#include "share/limits.h"

namespace share {

enum class State { Staged, Ready, Locked, Suspended, Expired, Revoked, Absent };
const char* word(State state);  // "staged", ...
std::optional<State> parse_state(std::string_view word);

// PUT /d/1/shares/ID: the portal's record without state and tries. Unknown members are refused: the
// portal must not pass over a restriction that it does not know.
struct Record {
  std::uint32_t arm = 1;
  std::uint32_t issue = 1;
  Digest link_proof_sha256{};
  Digest code_proof_sha256{};
  base::Bytes cover;                      // sealed
  std::optional<base::Bytes> view_grant;  // check || sealed
  std::optional<base::Bytes> take_grant;
  std::vector<Id> view_blobs;  // empty without the grant of that scope
  std::vector<Id> take_blobs;
  base::UnixSeconds not_after = 0;
  base::UnixSeconds purge_after = 0;  // not before not_after
  std::uint32_t tries_max = kDefaultTriesMax;
  bool step_up = false;
  bool otp = false;
  std::uint32_t takes_max = 0;  // 0: no limit
};
base::Result<std::string> write_record(const Record& record);
base::Result<Record> parse_record(std::string_view json);

// Answer to PUT and to POST .../suspend, lift, revoke.
struct RecordAnswer {
  State state = State::Staged;
  std::uint32_t arm = 1;
  std::uint32_t issue = 1;
  base::UnixSeconds not_after = 0;
  base::UnixSeconds now = 0;
  std::vector<Id> erased;   // revoke: the blobs that were deleted
  std::vector<Id> missing;  // staged: the blobs that are not finished
};
std::string write_record_answer(const RecordAnswer& answer);
base::Result<RecordAnswer> parse_record_answer(std::string_view json);

// POST /d/1/blobs/ID/finish
struct Finish {
  Digest sums{};                 // h(sums): commits to every stored byte
  std::optional<Digest> sha256;  // h(blob), where the sender computed it too
};
std::string write_finish(const Finish& finish);
base::Result<Finish> parse_finish(std::string_view json);

// GET /d/1/time
std::string write_time(base::UnixSeconds now);
base::Result<base::UnixSeconds> parse_time(std::string_view json);

// GET /d/1/events?after=N: the oldest kMaxEvents with a number above N. Members that say nothing
// are left out.
struct Event {
  std::uint64_t number = 0;  // ascending, never used twice
  base::UnixSeconds at = 0;
  std::string kind;  // hello opened wrong_code locked served receipt repaired report otp_wanted
                     // expired unproved
  std::optional<Id> share;  // not in unproved
  std::uint32_t arm = 0;
  std::uint32_t issue = 0;
  std::vector<Scope> scopes;  // opened
  std::optional<Id> blob;     // served
  std::uint64_t bytes = 0;    // served: sent in this answer
  std::uint64_t count = 0;    // unproved: so many since the last; wrong_code: tries
  std::string payload;        // receipt: as it came, not verified
  base::Bytes mac;            // receipt
  std::string address;        // of the visitor, for accounting; not in unproved
  std::string agent;          // what the visitor's program calls itself: its own claim
};
struct Events {
  std::vector<Event> events;
  bool more = false;
  base::UnixSeconds now = 0;
};
std::string write_events(const Events& events);
base::Result<Events> parse_events(std::string_view json);

}  // namespace share
