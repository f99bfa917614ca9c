#include "command/reidentify.h"

#include <gtest/gtest.h>

namespace {

TEST(Reidentify, FieldsOfTheCSVAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(command::csv_line("MRN1", "P0"), "MRN1,P0\n");
  EXPECT_EQ(command::csv_line("A,B", "P0"), "\"A,B\",P0\n");
  EXPECT_EQ(command::csv_line("say \"x\"", "P0"), "\"say \"\"x\"\"\",P0\n");
  EXPECT_EQ(command::csv_line("", "P0"), ",P0\n");
}

}  // namespace
