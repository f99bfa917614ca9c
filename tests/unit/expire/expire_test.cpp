#include "expire/expire.h"

#include <gtest/gtest.h>

#include <limits>

namespace {

TEST(Pause, DoublesFromTwoSecondsToAnHour) {
  const std::pair<std::int64_t, std::int64_t> full[] = {
      {1, 2}, {2, 4}, {3, 8}, {10, 1024}, {11, 2048}, {12, 3600}, {50, 3600}, {1'000'000, 3600}};
  for (const auto& [attempts, seconds] : full)
    for (std::uint32_t dice : {0u, 1u, 77u, 4'000'000'000u}) {
      EXPECT_GE(expire::pause(attempts, dice), seconds - seconds / 4 - 1) << attempts;
      EXPECT_LE(expire::pause(attempts, dice), seconds + seconds / 4 + 1) << attempts;
    }
}

TEST(Pause, IsNeverNothingWhateverTheCount) {
  for (std::int64_t attempts : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                std::int64_t{0}, std::numeric_limits<std::int64_t>::max()})
    EXPECT_GE(expire::pause(attempts, 0), 1);
}

TEST(Pause, SpreadsDeliveriesThatFailedTogether) {
  std::int64_t lowest = 1 << 20;
  std::int64_t highest = 0;
  for (std::uint32_t dice = 0; dice < 2000; ++dice) {
    lowest = std::min(lowest, expire::pause(12, dice));
    highest = std::max(highest, expire::pause(12, dice));
  }
  EXPECT_EQ(lowest, 2700);
  EXPECT_EQ(highest, 4500);
}

TEST(JumpedForward, AllowsAnHourBetweenTheTwoClocks) {
  const expire::Moment before{1000, 50'000};
  EXPECT_FALSE(expire::jumped_forward(before, {1000 + 60, 50'000 + 60'000}));
  EXPECT_FALSE(expire::jumped_forward(before, {1000 + 3660, 50'000 + 60'000}));
  EXPECT_TRUE(expire::jumped_forward(before, {1000 + 3661, 50'000 + 60'000}));
}

TEST(JumpedForward, IsNotALongPauseOfTheProcess) {
  EXPECT_FALSE(expire::jumped_forward({1000, 0}, {1000 + 86'400, 86'400'000}));
}

TEST(JumpedForward, IsNotAClockSetBack) {
  EXPECT_FALSE(expire::jumped_forward({100'000, 0}, {1000, 1000}));
}

}  // namespace
