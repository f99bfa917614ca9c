#include "portal/state.h"

namespace portal {
namespace {

struct Row {
  State from;
  Act act;
  Step step;
};

constexpr Step quiet(State to) { return {.to = to}; }
constexpr Step renewed(State to) { return {.to = to, .drop_tickets = true, .reset_tries = true}; }
constexpr Step cut(State to) { return {.to = to, .drop_tickets = true}; }
constexpr Step lifted() { return {.to = State::Staged, .reset_tries = true}; }
constexpr Step expired() {
  return {.to = State::Expired, .erase_grants = true, .drop_tickets = true};
}
constexpr Step revoked() {
  return {.to = State::Revoked, .erase_grants = true, .drop_tickets = true, .delete_blobs = true};
}
constexpr Step gone() {
  return {.to = State::Absent,
          .erase_grants = true,
          .drop_tickets = true,
          .delete_blobs = true,
          .forget = true};
}

// A new issue neither unlocks nor lifts: extending a share must not undo what stopped it.
constexpr Row kTable[] = {
    {State::Absent, Act::First, quiet(State::Staged)},

    {State::Staged, Act::NewArm, renewed(State::Staged)},
    {State::Staged, Act::NewIssue, quiet(State::Staged)},
    {State::Staged, Act::BlobsComplete, quiet(State::Ready)},
    {State::Staged, Act::Suspend, cut(State::Suspended)},
    {State::Staged, Act::Revoke, revoked()},
    {State::Staged, Act::TimeOver, expired()},

    {State::Ready, Act::NewArm, renewed(State::Staged)},
    {State::Ready, Act::NewIssue, quiet(State::Staged)},
    {State::Ready, Act::Suspend, cut(State::Suspended)},
    {State::Ready, Act::Lift, quiet(State::Ready)},
    {State::Ready, Act::Revoke, revoked()},
    {State::Ready, Act::TriesUsedUp, quiet(State::Locked)},
    {State::Ready, Act::TimeOver, expired()},

    {State::Locked, Act::NewArm, renewed(State::Staged)},
    {State::Locked, Act::NewIssue, quiet(State::Locked)},
    {State::Locked, Act::Suspend, cut(State::Suspended)},
    {State::Locked, Act::Lift, lifted()},
    {State::Locked, Act::Revoke, revoked()},
    {State::Locked, Act::TimeOver, expired()},

    {State::Suspended, Act::NewArm, renewed(State::Staged)},
    {State::Suspended, Act::NewIssue, quiet(State::Suspended)},
    {State::Suspended, Act::Suspend, quiet(State::Suspended)},
    {State::Suspended, Act::Lift, lifted()},
    {State::Suspended, Act::Revoke, revoked()},
    {State::Suspended, Act::TimeOver, expired()},

    {State::Expired, Act::NewArm, renewed(State::Staged)},
    {State::Expired, Act::NewIssue, quiet(State::Staged)},
    {State::Expired, Act::Revoke, revoked()},
    {State::Expired, Act::LongAgo, gone()},

    {State::Revoked, Act::Revoke, quiet(State::Revoked)},
    {State::Revoked, Act::LongAgo, gone()},
};

}  // namespace

std::optional<Step> step(State from, Act act) {
  for (const Row& row : kTable)
    if (row.from == from && row.act == act) return row.step;
  return std::nullopt;
}

bool live(State state) {
  return state == State::Staged || state == State::Ready || state == State::Locked ||
         state == State::Suspended;
}

bool serves(State state) { return state == State::Ready || state == State::Locked; }

}  // namespace portal
