#include "deidentify/burned_text.h"

#include <gtest/gtest.h>

#include "made.h"

namespace {

using deidentify::BurnedText;
using deidentify::confusable;
using deidentify::distance_within;

BurnedText reader(deidentify::Choices choices = {}) {
  const auto study =
      identity::collect(made::instance({made::text({0x0008, 0x0050}, "SH", "ACC55120"),
                                        made::text({0x0008, 0x0080}, "LO", "St Elsewhere")}));
  return BurnedText::create(study, choices).value();
}

TEST(BurnedText, IsTheStudysAsItIsWritten) {
  const auto text = reader();
  for (const char* line : {"VANDERMOLEN WILHELMINA", "Vandermolen, W.", "ID MRN-7734-XQ",
                           "mrn7734xq", "acc55120", "st elsewhere"})
    EXPECT_TRUE(text.is_identifying(line)) << line;
}

TEST(BurnedText, IsTheStudysAsAReaderMisreadsIt) {
  const auto text = reader();
  for (const char* line : {"UVANDERMOLEN", "VANDERAOLEN", "VANDERM0LEN", "W1LHELMINA",
                           "MRN-TT34-XQ", "ACC5512O", "V A N D E R M O L E N"})
    EXPECT_TRUE(text.is_identifying(line)) << line;
}

TEST(BurnedText, DatesNumbersAndLabelsAreTakenForThePatients) {
  const auto text = reader();
  for (const char* line : {"23.04.1961", "04/23/61", "1961-04-23", "23 APR 1961", "Apr 23, 1961",
                           "19610423", "No 123456", "DOB", "Patient: X", "a.b@clinic.org"})
    EXPECT_TRUE(text.is_identifying(line)) << line;
}

TEST(BurnedText, WhatEveryImageSaysIsNot) {
  const auto text = reader();
  for (const char* line :
       {"W 400 L 40", "kV 120 mAs 250", "5.0 mm", "FOV 350", "R", "SUPINE", "10 cm",
        "MI 1.2 TIs 0.4", "12:30:15", "Frq 5.0 MHz", "", "~ ae \xE2\x80\x9Chk"})
    EXPECT_FALSE(text.is_identifying(line)) << line;
}

TEST(BurnedText, KnowsWhatTheSiteAdds) {
  deidentify::Choices choices;
  EXPECT_FALSE(reader().is_identifying("Dr Osterhout"));
  EXPECT_FALSE(reader().is_identifying("K12-34"));
  choices.site.names = {"Osterhout"};
  choices.site.number_patterns = {"K\\d\\d-\\d\\d"};
  EXPECT_TRUE(reader(choices).is_identifying("Dr 0sterhout"));
  EXPECT_TRUE(reader(choices).is_identifying("no K12-34"));
  choices.site.number_patterns = {"("};
  EXPECT_FALSE(BurnedText::create({}, choices).ok());
}

TEST(BurnedText, FullDatesMayStayWhereTheOptionKeepsThem) {
  deidentify::Choices choices;
  choices.options = {deidentify::Option::RetainFullDates};
  EXPECT_FALSE(reader(choices).is_identifying("17.05.2023"));
  EXPECT_TRUE(reader(choices).is_identifying("VANDERMOLEN 17.05.2023"));
}

TEST(BurnedText, DistanceIsOfTheBestPlace) {
  EXPECT_EQ(distance_within("ABC", "xxABCxx"), 0u);
  EXPECT_EQ(distance_within("ABC", "xxAxCxx"), 1u);
  EXPECT_EQ(distance_within("ABC", "AC"), 1u);
  EXPECT_EQ(distance_within("ABC", ""), 3u);
  EXPECT_EQ(confusable("Ol Biz|"), "018121");
}

}  // namespace
