#include <chrono>

#include "studies.h"

namespace route {
namespace {

TEST(Conditions, EqualsComparesTextWithoutTrailingSpacesAndWithCase) {
  const auto view = study({{{kStudyDescription, {"KNEE LEFT "}}}});
  EXPECT_EQ(answer(is("study_description", {"KNEE LEFT"}), view), kYes);
  EXPECT_EQ(answer(is("study_description", {"HIP", "KNEE LEFT  "}), view), kYes);
  EXPECT_EQ(answer(is("study_description", {"knee left"}), view), kNo);
  EXPECT_EQ(answer(is("study_description", {"KNEE"}), view), kNo);
}

TEST(Conditions, AnyValueOfAnyInstanceIsEnough) {
  const auto view = study({{{kModality, {"CT"}}}, {{kModality, {"SR"}}}, {}});
  EXPECT_EQ(answer(is("modality", {"SR"}), view), kYes);
  EXPECT_EQ(answer(is("modality", {"MR"}), view), kNo);
  EXPECT_EQ(answer(is("image_type", {"PRIMARY"}),
                   study({{{"00080008", {"ORIGINAL", "PRIMARY", "AXIAL"}}}})),
            kYes);
}

TEST(Conditions, AnAbsentOrEmptyAttributeEqualsNothing) {
  EXPECT_EQ(answer(is("modality", {"CT"}), study({{}})), kNo);
  EXPECT_EQ(answer(is("modality", {"CT"}), study({{{kModality, {}}}})), kNo);
  EXPECT_EQ(answer(is("modality", {"CT"}), study({{{kModality, {"  "}}}})), kNo);
  EXPECT_EQ(answer(matches("modality", ".*"), study({{}})), kNo);
}

TEST(Conditions, AStudyWithoutInstancesCannotBeTold) {
  EXPECT_EQ(answer(make_join(Join::EveryInstance, {is("modality", {"CT"})}), study({})),
            kCannotTell);
  EXPECT_EQ(answer(make_join(Join::All, {}), study({})), kCannotTell);
}

TEST(Conditions, RegularExpressionsSearchAnywhere) {
  const auto view = study({{{kStudyDescription, {"MR of the Knee, left"}}}});
  EXPECT_EQ(answer(matches("study_description", "(?i)KNEE"), view), kYes);
  EXPECT_EQ(answer(matches("study_description", "KNEE"), view), kNo);
  EXPECT_EQ(answer(matches("study_description", "^MR.*left$"), view), kYes);
  EXPECT_EQ(answer(matches("study_description", "k\\w+e"),
                   study({{{kStudyDescription, {"k\xC3\xB6ne"}}}})),
            kNo);
  EXPECT_EQ(
      answer(matches("study_description", "k.ne"), study({{{kStudyDescription, {"k\xC3\xB6ne"}}}})),
      kYes);
}

TEST(Conditions, ALongSubjectAndAHardPatternEndSoon) {
  const auto began = std::chrono::steady_clock::now();
  const auto view = study({{{kStudyDescription, {std::string(200'000, 'a')}}}});
  EXPECT_EQ(answer(matches("study_description", "(?i)(a+)+b"), view), kNo);
  EXPECT_EQ(answer(matches("study_description", "(?i)(a|aa)+$"), view), kYes);
  EXPECT_EQ(answer(matches("study_description", "(?i)(.*){20}x"), view), kNo);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  const auto huge = study({{{kStudyDescription, {std::string(2'000'000, 'a')}}}});
  EXPECT_EQ(answer(matches("study_description", "a"), huge), kCannotTell);
}

TEST(Conditions, InvalidAndOversizedPatternsAreRefused) {
  EXPECT_NE(compile_pattern("knee(").fault().what.find("missing )"), std::string::npos);
  EXPECT_FALSE(compile_pattern("").ok());
  EXPECT_FALSE(compile_pattern("(?=look)").ok());
  EXPECT_FALSE(compile_pattern("((a{1000}){1000}){1000}").ok());
  EXPECT_FALSE(compile_pattern(std::string(5000, 'a')).ok());
}

TEST(Conditions, ExistsAsksForAValue) {
  const auto some = study({{{kSeriesNumber, {"1"}}}, {}});
  const auto empty = study({{{kSeriesNumber, {}}}, {}});
  EXPECT_EQ(answer(on("series_number", Exists{true}), some), kYes);
  EXPECT_EQ(answer(on("series_number", Exists{false}), some), kNo);
  EXPECT_EQ(answer(on("series_number", Exists{true}), empty), kNo);
  EXPECT_EQ(answer(on("series_number", Exists{false}), empty), kYes);
}

TEST(Conditions, NumbersAreComparedAsNumbers) {
  const auto view = study({{{kSliceThickness, {" 1.50"}}}});
  EXPECT_EQ(answer(on("slice_thickness", NumberRange{.less_than = 2}), view), kYes);
  EXPECT_EQ(answer(on("slice_thickness", NumberRange{.less_than = 1.5}), view), kNo);
  EXPECT_EQ(answer(on("slice_thickness", NumberRange{.more_than = 1.4, .less_than = 1.6}), view),
            kYes);
  EXPECT_EQ(answer(on("slice_thickness", NumberRange{.least = 1.5, .most = 1.5}), view), kYes);
  EXPECT_EQ(answer(is("slice_thickness", {"1.5"}), view), kYes);
  EXPECT_EQ(answer(is("series_number", {"7"}), study({{{kSeriesNumber, {"+07"}}}})), kYes);
}

TEST(Conditions, ANumberThatIsNoneCannotBeTold) {
  for (const char* text : {"thick", "1,5", "1.5mm", "nan", "inf", "0x10", "1e999"}) {
    const auto view = study({{{kSliceThickness, {text}}}});
    EXPECT_EQ(answer(on("slice_thickness", NumberRange{.more_than = 0}), view), kCannotTell)
        << text;
  }
  const auto one_good = study({{{kSliceThickness, {"thick"}}}, {{kSliceThickness, {"3"}}}});
  EXPECT_EQ(answer(on("slice_thickness", NumberRange{.more_than = 2}), one_good), kYes);
  EXPECT_EQ(answer(on("slice_thickness", NumberRange{.more_than = 4}), one_good), kCannotTell);
}

TEST(Conditions, DatesAreDays) {
  const auto on_day = [](const char* text) { return study({{{kSeriesDate, {text}}}}); };
  const DateRange since{.after = "20251231", .before = ""};
  EXPECT_EQ(answer(on("series_date", since), on_day("20260101")), kYes);
  EXPECT_EQ(answer(on("series_date", since), on_day("20251231")), kNo);
  EXPECT_EQ(answer(on("series_date", since), on_day("2026.01.01")), kYes);
  EXPECT_EQ(answer(on("series_date", since), on_day("20260101120000.00")), kYes);
  EXPECT_EQ(answer(on("series_date", since), on_day("20260230")), kCannotTell);
  EXPECT_EQ(answer(on("series_date", since), on_day("2026")), kCannotTell);
  EXPECT_TRUE(is_date("20240229"));
  EXPECT_FALSE(is_date("20250229"));
  EXPECT_FALSE(is_date("19000229"));
}

TEST(Conditions, CallersAreMatchedByNetwork) {
  const auto from = [](const char* address) {
    auto view = instance({});
    view.peer_address = address;
    return StudyView({view});
  };
  const auto in = on("caller_address", InNetwork{{"10.1.2.0/24", "2001:db8::/33"}});
  EXPECT_EQ(answer(in, from("10.1.2.255")), kYes);
  EXPECT_EQ(answer(in, from("::ffff:10.1.2.7")), kYes);
  EXPECT_EQ(answer(in, from("10.1.3.1")), kNo);
  EXPECT_EQ(answer(in, from("2001:db8:7fff::1")), kYes);
  EXPECT_EQ(answer(in, from("2001:db8:8000::1")), kNo);
  EXPECT_EQ(answer(on("caller_address", InNetwork{{"fe80::/10"}}), from("fe80::1%eth0")), kYes);
  EXPECT_EQ(answer(on("caller_address", InNetwork{{"0.0.0.0/0"}}), from("2001:db8::1")), kNo);
  EXPECT_EQ(answer(in, from("")), kCannotTell);
  EXPECT_EQ(answer(in, from("modality-7")), kCannotTell);
}

TEST(Conditions, AETitlesAndSOPClassesAreOfTheAssociationAndTheInstance) {
  EXPECT_EQ(answer(is("called_ae_title", {"COURIER"}), study({{}})), kYes);
  EXPECT_EQ(answer(is("calling_ae_title", {"MR01"}), study({{}})), kNo);
  EXPECT_EQ(answer(matches("calling_ae_title", "^CT"), study({{}})), kYes);
  EXPECT_EQ(answer(is("sop_class", {"1.2.840.10008.5.1.4.1.1.2"}), study({{}})), kYes);
}

TEST(Conditions, AStudyLevelValueThatDiffersCannotBeTold) {
  const auto differs = study({{{kStudyDescription, {"KNEE"}}}, {{kStudyDescription, {"HIP"}}}});
  EXPECT_EQ(answer(is("study_description", {"KNEE"}), differs), kCannotTell);
  EXPECT_EQ(answer(matches("study_description", "KNEE|HIP"), differs), kCannotTell);
  EXPECT_EQ(why(is("study_description", {"KNEE"}), differs),
            "differs between instances: \"HIP\", \"KNEE\"");
  EXPECT_EQ(answer(on("study_description", Exists{true}), differs), kYes);
  const auto padded =
      study({{{kStudyDescription, {"KNEE"}}}, {{kStudyDescription, {"KNEE "}}}, {}});
  EXPECT_EQ(answer(is("study_description", {"KNEE"}), padded), kYes);
  const auto names = study({{{kPatientName, {"DOE^JANE"}}}, {{kPatientName, {"DOE^JANE^^^ "}}}});
  EXPECT_EQ(answer(is("patient_name", {"DOE^JANE"}), names), kYes);
  EXPECT_EQ(answer(is("modality", {"CT"}), study({{{kModality, {"CT"}}}, {{kModality, {"MR"}}}})),
            kYes);
}

TEST(Conditions, TextThatCannotBeDecodedCannotBeTold) {
  auto one = instance({{kModality, {"CT"}}});
  auto two = instance({});
  two.undecodable = {kStudyDescription, kModality};
  const StudyView view({one, two});
  EXPECT_EQ(answer(is("study_description", {"KNEE"}), view), kCannotTell);
  EXPECT_EQ(answer(on("study_description", Exists{true}), view), kYes);
  EXPECT_EQ(answer(is("modality", {"CT"}), view), kYes);
  EXPECT_EQ(answer(is("modality", {"MR"}), view), kCannotTell);
  EXPECT_EQ(answer(make_join(Join::EveryInstance, {is("modality", {"CT"})}), view), kCannotTell);
  auto known = instance({{kStudyDescription, {"KNEE"}}});
  EXPECT_EQ(answer(is("study_description", {"KNEE"}), StudyView({known, two})), kCannotTell);
}

TEST(Conditions, EveryInstanceAndOneInstanceGoThroughThem) {
  const auto ct = is("modality", {"CT"});
  const auto thin = on("slice_thickness", NumberRange{.less_than = 2});
  const auto mixed = study({{{kModality, {"CT"}}, {kSliceThickness, {"5"}}},
                            {{kModality, {"MR"}}, {kSliceThickness, {"1"}}}});
  EXPECT_EQ(answer(make_join(Join::All, {ct, thin}), mixed), kYes);
  EXPECT_EQ(answer(make_join(Join::OneInstance, {ct, thin}), mixed), kNo);
  EXPECT_EQ(answer(make_join(Join::EveryInstance, {ct}), mixed), kNo);
  EXPECT_EQ(why(make_join(Join::EveryInstance, {ct}), mixed),
            "of 2 instances 1 yes, 1 no, 0 cannot tell");
  const auto all_ct = study({{{kModality, {"CT"}}}, {{kModality, {"CT"}}}});
  EXPECT_EQ(answer(make_join(Join::EveryInstance, {ct}), all_ct), kYes);
  EXPECT_EQ(answer(make_join(Join::Not, {make_join(Join::EveryInstance, {ct})}), mixed), kYes);
}

TEST(Conditions, ReasonsShowConditionAnswerAndValue) {
  const auto view = study({{{kStudyDescription, {"KNEE LEFT"}}}});
  const auto condition = make_join(
      Join::All, {matches("study_description", "(?i)knee"), is("modality", {"CT", "MR"})});
  const auto evaluation = evaluate(*condition, view);
  EXPECT_EQ(evaluation.answer, kNo);
  ASSERT_EQ(evaluation.reasons.size(), 2u);
  EXPECT_EQ(evaluation.reasons[0].reveal().condition, "study_description: regex (?i)knee");
  EXPECT_EQ(evaluation.reasons[0].reveal().answer, kYes);
  EXPECT_EQ(evaluation.reasons[0].reveal().why, "is \"KNEE LEFT\"");
  EXPECT_EQ(evaluation.reasons[1].reveal().condition, "modality: one of CT, MR");
  EXPECT_EQ(evaluation.reasons[1].reveal().why, "is absent");
  EXPECT_EQ(to_string(*condition),
            "all: {study_description: regex (?i)knee, modality: one of CT, MR}");
}

TEST(Conditions, ReasonsStayShort) {
  std::vector<Attributes> many;
  for (int i = 0; i < 50; ++i)
    many.push_back({{kModality, {std::string(500, 'A') + std::to_string(i)}}});
  const std::string text = why(is("modality", {"CT"}), study(many));
  EXPECT_LT(text.size(), 300u);
  EXPECT_NE(text.find("and 47 more"), std::string::npos);
}

}  // namespace
}  // namespace route
