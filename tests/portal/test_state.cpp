#include <gtest/gtest.h>

#include "portal/state.h"

namespace {

using portal::Act;
using portal::State;
using portal::step;

constexpr State kStates[] = {State::Absent,    State::Staged,  State::Ready,  State::Locked,
                             State::Suspended, State::Expired, State::Revoked};
constexpr Act kActs[] = {Act::First,    Act::NewArm, Act::NewIssue, Act::BlobsComplete,
                         Act::Suspend,  Act::Lift,   Act::Revoke,   Act::TriesUsedUp,
                         Act::TimeOver, Act::LongAgo};

State to(State from, Act act) {
  const auto next = step(from, act);
  EXPECT_TRUE(next.has_value());
  return next ? next->to : State::Absent;
}

TEST(State, TheFirstRecordIsStagedAndItsLastBlobMakesItReady) {
  EXPECT_EQ(to(State::Absent, Act::First), State::Staged);
  EXPECT_EQ(to(State::Staged, Act::BlobsComplete), State::Ready);
  for (const State from : kStates)
    if (from != State::Staged) {
      EXPECT_FALSE(step(from, Act::BlobsComplete)) << share::word(from);
    }
}

TEST(State, NothingHappensToWhatIsAbsent) {
  for (const Act act : kActs)
    if (act != Act::First) {
      EXPECT_FALSE(step(State::Absent, act));
    }
}

TEST(State, RevokedIsFinal) {
  for (const Act act : kActs) {
    const auto next = step(State::Revoked, act);
    if (act == Act::Revoke)
      EXPECT_EQ(next->to, State::Revoked);
    else if (act == Act::LongAgo)
      EXPECT_TRUE(next->forget);
    else
      EXPECT_FALSE(next);
  }
}

TEST(State, EveryLiveStateExpiresAndEverythingWrittenCanBeRevoked) {
  for (const State from : {State::Staged, State::Ready, State::Locked, State::Suspended}) {
    EXPECT_TRUE(portal::live(from));
    const auto over = step(from, Act::TimeOver);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->to, State::Expired);
    EXPECT_TRUE(over->erase_grants);
    EXPECT_TRUE(over->drop_tickets);
    EXPECT_FALSE(over->delete_blobs) << "blobs stay until purge_after";
  }
  for (const State from :
       {State::Staged, State::Ready, State::Locked, State::Suspended, State::Expired}) {
    const auto revoked = step(from, Act::Revoke);
    ASSERT_TRUE(revoked);
    EXPECT_EQ(revoked->to, State::Revoked);
    EXPECT_TRUE(revoked->erase_grants && revoked->drop_tickets && revoked->delete_blobs);
  }
}

TEST(State, ANewArmResetsTriesAndDropsTicketsEverywhere) {
  for (const State from :
       {State::Staged, State::Ready, State::Locked, State::Suspended, State::Expired}) {
    const auto next = step(from, Act::NewArm);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->to, State::Staged);
    EXPECT_TRUE(next->reset_tries);
    EXPECT_TRUE(next->drop_tickets);
  }
}

TEST(State, ANewIssueNeitherUnlocksNorLifts) {
  EXPECT_EQ(to(State::Locked, Act::NewIssue), State::Locked);
  EXPECT_EQ(to(State::Suspended, Act::NewIssue), State::Suspended);
  EXPECT_EQ(to(State::Expired, Act::NewIssue), State::Staged);
  for (const State from : kStates)
    if (const auto next = step(from, Act::NewIssue)) {
      EXPECT_FALSE(next->reset_tries);
      EXPECT_FALSE(next->drop_tickets);
    }
}

TEST(State, RunningTicketsGoOnWhileLockedAndEndWithSuspension) {
  const auto locked = step(State::Ready, Act::TriesUsedUp);
  ASSERT_TRUE(locked);
  EXPECT_FALSE(locked->drop_tickets);
  EXPECT_TRUE(portal::serves(State::Locked));
  EXPECT_TRUE(step(State::Ready, Act::Suspend)->drop_tickets);
  EXPECT_FALSE(portal::serves(State::Suspended));
}

TEST(State, LiftSetsTriesToZeroAndIsRefusedWhereNothingIsLifted) {
  EXPECT_TRUE(step(State::Locked, Act::Lift)->reset_tries);
  EXPECT_TRUE(step(State::Suspended, Act::Lift)->reset_tries);
  EXPECT_FALSE(step(State::Ready, Act::Lift)->reset_tries);
  EXPECT_FALSE(step(State::Expired, Act::Lift));
  EXPECT_FALSE(step(State::Staged, Act::Lift));
}

TEST(State, OnlyReadyAndLockedServe) {
  for (const State state : kStates)
    EXPECT_EQ(portal::serves(state), state == State::Ready || state == State::Locked);
}

}  // namespace
