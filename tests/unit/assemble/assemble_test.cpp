#include "assemble/assemble.h"

#include <gtest/gtest.h>

namespace {

using assemble::Decision;

constexpr assemble::Patience kPatience{60, 4 * 3600};

assemble::Progress quiet(base::Milliseconds milliseconds) {
  return {1000, 1100, milliseconds, false, false};
}

TEST(Assemble, AStudyIsCompleteWhenTheQuietTimeIsOver) {
  EXPECT_EQ(assemble::decide(quiet(59'999), kPatience), Decision::Rest);
  EXPECT_EQ(assemble::decide(quiet(60'000), kPatience), Decision::Complete);
  EXPECT_EQ(assemble::decide(quiet(0), {0, 100}), Decision::Complete);
}

TEST(Assemble, AStudyRestsFromASixthOfItsQuietTimeOn) {
  EXPECT_EQ(assemble::decide(quiet(9'999), kPatience), Decision::Wait);
  EXPECT_EQ(assemble::decide(quiet(10'000), kPatience), Decision::Rest);
  auto progress = quiet(10'000);
  progress.instance_in_flight = true;
  EXPECT_EQ(assemble::decide(progress, kPatience), Decision::Wait);
}

TEST(Assemble, AStudyWaitsForWhatIsStillOnItsWay) {
  auto progress = quiet(600'000);
  progress.instance_in_flight = true;
  EXPECT_EQ(assemble::decide(progress, kPatience), Decision::Wait);
  progress.instance_in_flight = false;
  progress.unexamined_older = true;
  EXPECT_EQ(assemble::decide(progress, kPatience), Decision::Wait);
}

TEST(Assemble, AStudyThatKeepsArrivingIsHeldAfterTheLongestWait) {
  assemble::Progress progress{1000, 1000 + 4 * 3600, 1000, false, false};
  EXPECT_EQ(assemble::decide(progress, kPatience), Decision::HoldTooLong);
  --progress.last_receipt;
  EXPECT_EQ(assemble::decide(progress, kPatience), Decision::Wait);
}

// After hours of arriving it is quiet at last: nothing is wrong with it.
TEST(Assemble, AStudyThatTookLongButIsQuietIsComplete) {
  const assemble::Progress progress{1000, 1000 + 5 * 3600, 60'000, false, false};
  EXPECT_EQ(assemble::decide(progress, kPatience), Decision::Complete);
}

TEST(Assemble, TheDeadlineFollowsTheLastReceipt) {
  EXPECT_EQ(assemble::deadline(1100, kPatience), 1160);
}

TEST(Assemble, AClockThatWasSetBackMakesNobodyWaitLonger) {
  EXPECT_EQ(assemble::drawn_in(1160, 1150, kPatience), 1160);
  EXPECT_EQ(assemble::drawn_in(1160, 1200, kPatience), 1160);
  EXPECT_EQ(assemble::drawn_in(1'000'000, 1150, kPatience), 1210);
}

}  // namespace
