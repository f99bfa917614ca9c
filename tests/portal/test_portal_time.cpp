#include <gtest/gtest.h>

#include "portal/portal_time.h"

namespace {

using portal::PortalTime;
using portal::Reading;

Reading at(std::int64_t wall, std::int64_t uptime_seconds, std::string boot = "a") {
  return {wall, uptime_seconds * 1000, std::move(boot)};
}

TEST(PortalTime, BelievesTheFirstReading) {
  PortalTime time;
  time.observe(at(5'000'000, 10));
  EXPECT_EQ(time.now(), 5'000'000);
  EXPECT_FALSE(time.jumped());
}

TEST(PortalTime, NeverGoesBack) {
  PortalTime time;
  time.observe(at(5'000'000, 10));
  time.observe(at(4'000'000, 11));
  EXPECT_EQ(time.now(), 5'000'000);
  EXPECT_FALSE(time.jumped());
}

TEST(PortalTime, StopsAtAJumpOfMoreThanAnHourAndGoesOnWhenItIsUndone) {
  PortalTime time;
  time.observe(at(5'000'000, 10));
  time.observe(at(5'000'000 + 3600, 10));
  EXPECT_FALSE(time.jumped()) << "an hour is not more than an hour";
  time.observe(at(5'000'000 + 3 * 3600, 20));
  EXPECT_TRUE(time.jumped());
  EXPECT_EQ(time.now(), 5'003'600);
  time.observe(at(5'003'700, 110));
  EXPECT_FALSE(time.jumped());
}

TEST(PortalTime, ARestartWithinOneBootMayTakeLong) {
  PortalTime before;
  before.observe(at(5'000'000, 10));
  PortalTime after(before.kept());
  after.observe(at(5'000'000 + 86400, 10 + 86400));
  EXPECT_FALSE(after.jumped());
}

TEST(PortalTime, ADayWithoutTheMachineNeedsConfirmation) {
  PortalTime before;
  before.observe(at(5'000'000, 10));
  PortalTime after(before.kept());
  after.observe(at(5'086'400, 10, "b"));
  EXPECT_TRUE(after.jumped());
  EXPECT_FALSE(after.confirm(5'086'400 - 301, at(5'086'400, 10, "b")));
  EXPECT_TRUE(after.jumped());
  EXPECT_TRUE(after.confirm(5'086'400 - 300, at(5'086'400, 10, "b")));
  EXPECT_FALSE(after.jumped());
  EXPECT_EQ(after.now(), 5'086'400);
}

TEST(PortalTime, AShortRebootNeedsNone) {
  PortalTime before;
  before.observe(at(5'000'000, 99999));
  PortalTime after(before.kept());
  after.observe(at(5'000'300, 10, "b"));
  EXPECT_FALSE(after.jumped());
}

TEST(PortalTime, ManySmallJumpsAgainstTheUptimeAddUp) {
  PortalTime time;
  time.observe(at(5'000'000, 10));
  time.observe(at(5'000'000 + 7200, 10 + 7200));
  EXPECT_FALSE(time.jumped()) << "as long as the uptime agrees";
  time.observe(at(5'000'000 + 7200 + 3601, 10 + 7200));
  EXPECT_TRUE(time.jumped());
}

TEST(PortalTime, ReadsClocksThatMove) {
  const Reading reading = portal::read_clocks();
  EXPECT_GT(reading.wall, 1'600'000'000);
  EXPECT_GT(reading.uptime, 0);
  EXPECT_EQ(reading.boot.size(), 36u);
}

}  // namespace
