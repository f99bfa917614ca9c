#include <gtest/gtest.h>

#include "receive/pace.h"
#include "receive/report.h"

namespace receive {
namespace {

using Phase = Pace::Phase;
const Times kTimes;

TEST(Patience, ForTheRequestIsCountedFromAccepting) {
  Pace pace(kTimes, 1000);
  EXPECT_EQ(pace.deadline(), 11000);
  pace.pdu_ended(9000);
  EXPECT_EQ(pace.deadline(), 11000);
}

TEST(Patience, BetweenMessagesAndForACommandIsCountedFromTheirBeginning) {
  Pace pace(kTimes, 0);
  pace.enter(Phase::Idle, 5000);
  EXPECT_EQ(pace.deadline(), 65000);
  pace.enter(Phase::Command, 50000);
  EXPECT_EQ(pace.deadline(), 60000);
  pace.pdu_ended(59000);
  EXPECT_EQ(pace.deadline(), 60000) << "a command in small pieces has no longer";
}

TEST(Patience, WithADataSetIsRenewedByEachPDU) {
  Pace pace(kTimes, 0);
  pace.enter(Phase::DataSet, 1000);
  EXPECT_EQ(pace.deadline(), 31000);
  pace.received(1 << 20);
  pace.pdu_ended(20000);
  EXPECT_EQ(pace.deadline(), 50000);
}

TEST(Patience, EndsWithADataSetThatTricklesInTime) {
  Pace pace(kTimes, 0);
  pace.enter(Phase::DataSet, 0);
  for (base::Milliseconds now = 0; now <= 50'000; now += 25'000) {
    pace.received(10);
    pace.pdu_ended(now);
  }
  EXPECT_EQ(pace.deadline(), 60'029);
  pace.received(1024 * 1000);
  EXPECT_EQ(pace.deadline(), 80'000);
}

TEST(Patience, EndsWithTheLongestAssociation) {
  Pace pace(kTimes, 0);
  const base::Milliseconds late = kTimes.longest - 5000;
  pace.enter(Phase::Idle, late);
  EXPECT_EQ(pace.deadline(), kTimes.longest);
}

TEST(Patience, StartsAnewWithTheNextDataSet) {
  Pace pace(kTimes, 0);
  pace.enter(Phase::DataSet, 0);
  pace.received(1 << 30);
  pace.enter(Phase::Idle, 1000);
  pace.enter(Phase::DataSet, 100'000);
  pace.pdu_ended(155'000);
  EXPECT_EQ(pace.deadline(), 160'000);
}

TEST(Reports, AreTriedAtOnceThenEverySecondUntilConnected) {
  ReportSchedule schedule;
  EXPECT_TRUE(schedule.may_connect(5000));
  schedule.connection_tried(5000, false);
  EXPECT_FALSE(schedule.may_connect(5999));
  EXPECT_EQ(schedule.next(5400), 600);
  EXPECT_TRUE(schedule.may_connect(6000));
  EXPECT_FALSE(schedule.must_send(6000));
}

TEST(Reports, GoOutAtOnceThenTogetherThenAsASignOfLife) {
  ReportSchedule schedule;
  schedule.connection_tried(1000, true);
  EXPECT_TRUE(schedule.must_send(1000));
  schedule.sent(1000);
  EXPECT_FALSE(schedule.must_send(1001));
  EXPECT_EQ(schedule.next(1001), 1999);
  schedule.changed();
  EXPECT_FALSE(schedule.must_send(1049));
  EXPECT_TRUE(schedule.must_send(1050));
  schedule.sent(1050);
  EXPECT_TRUE(schedule.must_send(3050));
  schedule.lost();
  EXPECT_FALSE(schedule.must_send(9000));
}

}  // namespace
}  // namespace receive
