#include "command/watch.h"

#include <gtest/gtest.h>

namespace {

TEST(Frame, OverwritesLineByLineAndClearsWhatIsBelow) {
  EXPECT_EQ(command::frame("a\nb\n", 24, 80), "\x1B[Ha\x1B[K\r\nb\x1B[K\r\n\x1B[J");
}

// A line that wraps, or one too many, would scroll the screen away.
TEST(Frame, IsNoLargerThanTheScreen) {
  EXPECT_EQ(command::frame("1\n2\n3\n4\n", 3, 80), "\x1B[H1\x1B[K\r\n2\x1B[K\r\n\x1B[J");
  EXPECT_EQ(command::frame("abcdef\n", 24, 3), "\x1B[Habc\x1B[K\r\n\x1B[J");
  EXPECT_EQ(command::frame("äöü\n", 24, 2), "\x1B[Häö\x1B[K\r\n\x1B[J");
  EXPECT_EQ(command::frame("", 24, 80), "\x1B[H\x1B[J");
}

}  // namespace
