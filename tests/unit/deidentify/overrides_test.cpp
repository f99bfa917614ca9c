#include "deidentify/overrides.h"

#include <gmock/gmock.h>

#include "deidentify/decide.h"
#include "made.h"

namespace {

using deidentify::Override;
using dicom::Tag;
using testing::HasSubstr;
using testing::IsEmpty;
using Way = Override::Way;

constexpr Tag kProtocolName{0x0018, 0x1030};
constexpr Tag kStationName{0x0008, 0x1010};
constexpr Tag kStudyDate{0x0008, 0x0020};
constexpr Tag kMethod{0x0012, 0x0063};

deidentify::Outcome run(const dicom::File& file, std::vector<Override> overrides) {
  deidentify::Choices choices;
  choices.overrides = std::move(overrides);
  return made::run_with(file, choices);
}

std::string reason(Way way, Tag tag, const char* value = "") {
  return deidentify::reason_against({way, tag, value});
}

TEST(Overrides, KeepRemoveAndReplaceComeBeforeTheTable) {
  const auto file = made::instance({made::text(kProtocolName, "LO", "KNEE ROUTINE"),
                                    made::text(kStationName, "SH", "CT3"),
                                    made::text({0x0018, 0x0015}, "CS", "KNEE")});
  const auto plain = run(file, {});
  EXPECT_EQ(made::value(plain, kProtocolName), "absent");
  const auto outcome = run(file, {{Way::Keep, kProtocolName, ""},
                                  {Way::Replace, kStationName, "SCANNER"},
                                  {Way::Remove, {0x0018, 0x1000}, ""}});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(made::value(outcome, kProtocolName), "KNEE ROUTINE");
  EXPECT_EQ(made::value(outcome, kStationName), "SCANNER");
  EXPECT_EQ(made::value(outcome, {0x0018, 0x0015}), "KNEE");
}

TEST(Overrides, HoldOnEveryLevel) {
  const auto file =
      made::instance({made::sequence({0x0040, 0x0260}, {made::text({0x0008, 0x0100}, "SH", "A"),
                                                        made::text(kStationName, "SH", "CT3")})});
  const auto outcome = run(file, {{Way::Replace, kStationName, "SCANNER"}});
  const auto* sequence = made::element(outcome, {0x0040, 0x0260});
  ASSERT_NE(sequence, nullptr);
  const auto* inner = dicom::find(sequence->items.at(0).elements, kStationName);
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(dicom::trimmed_text(*inner), "SCANNER");
}

TEST(Overrides, WhatIsKeptIsStillSearched) {
  const auto file = made::instance({made::text(kProtocolName, "LO", "KNEE VANDERMOLEN")});
  const auto outcome = run(file, {{Way::Keep, kProtocolName, ""}});
  EXPECT_EQ(made::value(outcome, kProtocolName), "absent");
  EXPECT_EQ(outcome.counts.at("mended"), 1u);
}

TEST(Overrides, WhatAnIodRequiresIsNotRemovedButReplacedOrEmptied) {
  const auto file = made::instance({made::text(kStudyDate, "DA", "20230517")});
  const auto outcome = run(file, {{Way::Remove, kStudyDate, ""}});
  EXPECT_EQ(made::value(outcome, kStudyDate), "") << "Type 2";
}

TEST(Overrides, TheMarkSaysThatThereWereSome) {
  const auto file = made::instance({});
  EXPECT_THAT(made::value(run(file, {}), kMethod), testing::Not(HasSubstr("override")));
  const auto method = made::value(run(file, {{Way::Remove, kStationName, ""}}), kMethod);
  EXPECT_THAT(method, HasSubstr("\\route's overrides: 0 keep, 1 remove, 0 replace"));
  EXPECT_LE(method.size() - method.find('\\'), 65u) << "a value of LO has 64 characters";
}

TEST(Overrides, WhatWouldBreakTheObjectOrThePromiseIsRefused) {
  EXPECT_THAT(reason(Way::Keep, {0x0010, 0x0010}), HasSubstr("pseudonym"));
  EXPECT_THAT(reason(Way::Replace, {0x0010, 0x0020}, "P1"), HasSubstr("pseudonym"));
  EXPECT_THAT(reason(Way::Remove, {0x0008, 0x0018}), HasSubstr("UID"));
  EXPECT_THAT(reason(Way::Remove, {0x0028, 0x0010}), HasSubstr("stays as it is"));
  EXPECT_THAT(reason(Way::Keep, {0x0009, 0x1001}), HasSubstr("no attribute"));
  EXPECT_THAT(reason(Way::Keep, {0x6000, 0x3000}), HasSubstr("never leaves"));
  EXPECT_THAT(reason(Way::Keep, {0x0012, 0x0063}), HasSubstr("never leaves"));
  EXPECT_THAT(reason(Way::Keep, {0x0008, 0x0090}), HasSubstr("identifies")) << "a physician's name";
  EXPECT_THAT(reason(Way::Keep, {0x0008, 0x0050}), HasSubstr("identifies"))
      << "an accession number";
  EXPECT_THAT(reason(Way::Keep, {0x0008, 0x0080}), HasSubstr("identifies")) << "the institution";
  EXPECT_THAT(reason(Way::Keep, kStudyDate), HasSubstr("identifies"));
  EXPECT_THAT(reason(Way::Keep, kProtocolName), IsEmpty());
}

TEST(Overrides, AValueIsOneOfItsVR) {
  EXPECT_THAT(reason(Way::Replace, kStationName, "A B-1"), IsEmpty());
  EXPECT_THAT(reason(Way::Replace, kStationName, "seventeen letters"), HasSubstr("SH"));
  EXPECT_THAT(reason(Way::Replace, kStationName, "A\\B"), HasSubstr("SH"));
  EXPECT_THAT(reason(Way::Replace, kStationName, "M\xC3\xBCnchen"), HasSubstr("ASCII"));
  EXPECT_THAT(reason(Way::Replace, kStudyDate, "20200101"), IsEmpty());
  EXPECT_THAT(reason(Way::Replace, kStudyDate, "2020"), HasSubstr("DA"));
  EXPECT_THAT(reason(Way::Replace, {0x0010, 0x1010}, "040Y"), IsEmpty());
  EXPECT_THAT(reason(Way::Replace, {0x0010, 0x1010}, "40"), HasSubstr("AS"));
  EXPECT_THAT(reason(Way::Replace, {0x0010, 0x0040}, "o"), HasSubstr("CS"));
  EXPECT_THAT(reason(Way::Replace, {0x0008, 0x1110}, "x"), HasSubstr("SQ"));
}

TEST(Overrides, WhatIsWrittenReadsTheSame) {
  const std::vector<std::string> texts{"keep 00181030", "remove 00080080",
                                       "replace 00081010 A SCANNER"};
  const auto overrides = deidentify::parse_overrides(texts).value();
  ASSERT_EQ(overrides.size(), 3u);
  EXPECT_EQ(overrides[2].value, "A SCANNER");
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(deidentify::written(overrides[i]), texts[i]);
  for (const char* text : {"", "keep", "keep 0018", "hold 00181030", "keep 00080080",
                           "replace 00081010", "replace 00081010 "})
    EXPECT_FALSE(deidentify::parse_overrides({text}).ok()) << text;
}

TEST(Overrides, TheEngineRefusesWhatTheConfigurationWould) {
  deidentify::Choices choices;
  choices.overrides = {{Way::Keep, {0x0010, 0x0010}, ""}};
  EXPECT_FALSE(deidentify::Engine::create(choices, made::map(), identity::Identifiers()).ok());
}

}  // namespace
