#include <gtest/gtest.h>

#include "portal/rate.h"

namespace {

TEST(NetworkOf, IsTheAddressOfIPv4AndTheSlash64OfIPv6) {
  EXPECT_EQ(portal::network_of("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(portal::network_of("::ffff:203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(portal::network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(portal::network_of("2001:db8:1:2::1"), portal::network_of("2001:db8:1:2:ffff::"));
  EXPECT_NE(portal::network_of("2001:db8:1:2::1"), portal::network_of("2001:db8:1:3::1"));
  EXPECT_EQ(portal::network_of("unknown"), "unknown");
}

TEST(PerMinute, AllowsAsManyAsItSaysAndForgetsAfterAMinute) {
  portal::PerMinute limit(3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limit.wait("a", 1000 + i), 0);
    limit.count("a", 1000 + i);
  }
  EXPECT_EQ(limit.wait("a", 2000), 59);
  EXPECT_EQ(limit.wait("b", 2000), 0) << "another address";
  EXPECT_EQ(limit.wait("a", 61'000), 0);
  limit.count("a", 61'000);
  EXPECT_EQ(limit.wait("a", 61'001), 0);
}

TEST(PerMinute, StaysBoundedUnderManyAddresses) {
  portal::PerMinute limit(1);
  for (int i = 0; i < 250'000; ++i) limit.count(std::to_string(i), 5);
  EXPECT_EQ(limit.wait("249999", 6), 60);
}

TEST(Spacing, LetsOneGoInEachInterval) {
  portal::Spacing spacing(30'000);
  EXPECT_EQ(spacing.take("a", 0), 0);
  EXPECT_EQ(spacing.take("a", 1), 30);
  EXPECT_EQ(spacing.take("a", 29'999), 1);
  EXPECT_EQ(spacing.take("b", 29'999), 0);
  EXPECT_EQ(spacing.take("a", 30'000), 0);
  EXPECT_EQ(spacing.take("a", 30'001), 30);
}

}  // namespace
