// The states of a share at the portal (docs/portal.md, docs/share.md section 7) as one table. Pure:
// no clock, no file; whoever calls applies the effects in the same transaction as the new state.
#pragma once

#include <optional>

#include "share/record.h"

namespace portal {

using share::State;

enum class Act {
  First,          // the first record of a share
  NewArm,         // a record with a higher arm: another code
  NewIssue,       // a record with the same arm and a higher issue: new grants
  BlobsComplete,  // every blob that the record names is finished
  Suspend,
  Lift,
  Revoke,
  TriesUsedUp,
  TimeOver,  // portal time reached not_after
  LongAgo,   // 30 days after expired or revoked
};

struct Step {
  State to;
  bool erase_grants = false;  // grants and h(code_proof)
  bool drop_tickets = false;
  bool reset_tries = false;
  bool delete_blobs = false;  // those that no other live share names
  bool forget = false;        // the row itself
};

// nullopt: the act is refused in this state. Staged as a target means "ready as soon as every blob
// is finished": the caller follows it with BlobsComplete when that holds already.
std::optional<Step> step(State from, Act act);

// A live share keeps its blobs from being deleted and its code from being forgotten.
bool live(State state);
// Tickets serve only in these: ready, and locked, where running tickets go on.
bool serves(State state);

}  // namespace portal
