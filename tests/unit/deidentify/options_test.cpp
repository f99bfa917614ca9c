#include "deidentify/options.h"

#include <gmock/gmock.h>

namespace {

using deidentify::check_options;
using deidentify::Option;
using testing::HasSubstr;

TEST(T17, FullAndModifiedDatesExcludeEachOther) {
  const auto status = check_options({Option::RetainFullDates, Option::ModifyDates});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.fault().what,
              HasSubstr("retain_full_dates and modify_dates exclude each other"));
}

TEST(Options, RetainedUidsAndModifiedDatesExcludeEachOther) {
  EXPECT_FALSE(check_options({Option::RetainUIDs, Option::ModifyDates}).ok());
}

TEST(Options, TheOthersRun) {
  EXPECT_TRUE(check_options({Option::RetainPatientCharacteristics, Option::ModifyDates}).ok());
  EXPECT_TRUE(check_options({Option::CleanDescriptors}).ok());
  EXPECT_TRUE(check_options({Option::RetainUIDs, Option::RetainDeviceIdentity,
                             Option::RetainInstitutionIdentity, Option::RetainFullDates})
                  .ok());
}

TEST(Options, AreCalledByTheirWords) {
  EXPECT_EQ(deidentify::parse_option("modify_dates"), Option::ModifyDates);
  EXPECT_EQ(deidentify::parse_option("retain_patient_characteristics"),
            Option::RetainPatientCharacteristics);
  EXPECT_EQ(deidentify::parse_option("modify dates"), std::nullopt);
}

TEST(Options, ForbiddenIsWhatTheyDoNotKeep) {
  using identity::Kind;
  const identity::Identifiers study({{Kind::Name, "okafor"},
                                     {Kind::Date, "20230517"},
                                     {Kind::BirthDate, "19610423"},
                                     {Kind::Device, "ct-9041"},
                                     {Kind::Institution, "quillfeather"},
                                     {Kind::Uid, "1.2.3.4.5.6"},
                                     {Kind::DeviceDate, "20190307"}});
  const deidentify::PatientMap map{{}, "P", -10};
  const auto left = [&](std::set<Option> options) {
    return deidentify::forbidden(options, map, study).reveal().size();
  };
  EXPECT_EQ(left({}), 7u);
  EXPECT_EQ(left({Option::RetainFullDates}), 5u) << "the birth date is never kept";
  EXPECT_EQ(
      left({Option::RetainUIDs, Option::RetainDeviceIdentity, Option::RetainInstitutionIdentity}),
      3u);
}

}  // namespace
