#include <gtest/gtest.h>

#include "journal/journal.h"

namespace journal {
namespace {

TEST(AValue, CannotForgeFieldsOrLines) {
  EXPECT_EQ(shown("CT01"), "CT01");
  EXPECT_EQ(shown("A B"), "A B");
  EXPECT_EQ(shown("A stored=7"), "\"A stored=7\"");
  EXPECT_EQ(shown("A\n<0>receive: forged"), "A?<0>receive: forged");
  EXPECT_EQ(shown("a\" b=\"c"), "\"a? b=?c\"");
  EXPECT_EQ(shown(""), "\"\"");
  EXPECT_LE(shown(std::string(10000, 'x')).size(), 1002u);
}

TEST(AJournal, ThatStandardErrorDoesNotLeadToHasNoDescriptor) {
  begin("test", "/nowhere");
  EXPECT_EQ(descriptor(), -1);
}

}  // namespace
}  // namespace journal
