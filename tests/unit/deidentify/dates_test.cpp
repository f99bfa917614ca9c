#include "deidentify/dates.h"

#include <gtest/gtest.h>

namespace {

using deidentify::shift_dates;

TEST(T15, DatesOfOnePatientMoveTogether) {
  EXPECT_EQ(shift_dates("20230517", "DA", -2499), "20160713");
  EXPECT_EQ(shift_dates("20230824", "DA", -2499), "20161020");
  EXPECT_EQ(shift_dates("134501.5", "TM", -2499), "134501.5");
}

TEST(T37, OldFormIsMadeNewAndNonsenseIsNoDate) {
  EXPECT_EQ(shift_dates("2023.05.17", "DA", -2499), "20160713");
  for (const auto* text : {"20230517-20230518", "00000000", "UNKNOWN", "20230230", "2023051"})
    EXPECT_EQ(shift_dates(text, "DA", -2499), std::nullopt) << text;
}

TEST(T38, PartialDateTimesKeepTheirPrecision) {
  EXPECT_EQ(shift_dates("2023", "DT", -2499), "2016");
  EXPECT_EQ(shift_dates("202305", "DT", -2499), "201606");
  EXPECT_EQ(shift_dates("20230517134501.5+0200", "DT", -2499), "20160713134501.5+0200");
  EXPECT_EQ(shift_dates("2023+0100", "DT", -2499), "2016+0100");
  EXPECT_EQ(shift_dates("20230", "DT", -2499), std::nullopt);
  EXPECT_EQ(shift_dates("20230517VANDERMOLEN", "DT", -2499), std::nullopt);
}

TEST(T39, EveryValueMoves) {
  EXPECT_EQ(shift_dates("20230517\\20230518", "DA", -1), "20230516\\20230517");
  EXPECT_EQ(shift_dates("20230517\\", "DA", -1), "20230516\\");
  EXPECT_EQ(shift_dates("", "DA", -1), "");
}

TEST(Dates, KnowLeapDays) {
  EXPECT_EQ(shift_dates("20240301", "DA", -1), "20240229");
  EXPECT_EQ(shift_dates("20240229", "DA", -366), "20230228");
}

TEST(Dates, RefuseWhatIsNoTimeOrOffset) {
  EXPECT_TRUE(deidentify::is_well_formed_date("+0200", "SH"));
  EXPECT_FALSE(deidentify::is_well_formed_date("OKAFOR", "SH"));
  EXPECT_FALSE(deidentify::is_well_formed_date("10 past", "TM"));
}

}  // namespace
