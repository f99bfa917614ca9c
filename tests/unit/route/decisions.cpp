#include "studies.h"

namespace route {
namespace {

Rule rule(const std::string& name, ConditionRef match) {
  Rule one;
  one.name = name;
  one.match = std::move(match);
  return one;
}
const ConditionRef kIsCT = is("modality", {"CT"}), kIsMR = is("modality", {"MR"});

StudyView ct() { return study({{{kModality, {"CT"}}, {kSliceThickness, {"thick"}}}}); }
ConditionRef unclear() { return on("slice_thickness", NumberRange{.more_than = 1}); }

TEST(Decisions, TheFirstMatchEndsTheSearch) {
  const auto decision =
      decide({rule("a", kIsMR), rule("b", kIsCT), rule("c", kIsCT)}, Policy::FirstMatch, ct());
  EXPECT_EQ(decision.matches, std::vector<std::size_t>{1});
  EXPECT_FALSE(decision.cannot_tell);
  ASSERT_EQ(decision.answers.size(), 2u);
  EXPECT_EQ(decision.answers[0].answer, kNo);
  EXPECT_EQ(decision.answers[1].rule, "b");
}

TEST(Decisions, WhatCannotBeToldBeforeTheFirstMatchDecidesNothing) {
  const auto decision = decide({rule("a", unclear()), rule("b", kIsCT)}, Policy::FirstMatch, ct());
  EXPECT_TRUE(decision.cannot_tell);
  EXPECT_TRUE(decision.matches.empty());
  const auto behind = decide({rule("b", kIsCT), rule("a", unclear())}, Policy::FirstMatch, ct());
  EXPECT_FALSE(behind.cannot_tell);
  EXPECT_EQ(behind.matches, std::vector<std::size_t>{0});
}

TEST(Decisions, AllMatchesLooksAtEveryRule) {
  const auto decision =
      decide({rule("a", kIsCT), rule("b", kIsMR), rule("c", kIsCT)}, Policy::AllMatches, ct());
  EXPECT_EQ(decision.matches, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(decision.answers.size(), 3u);
  EXPECT_TRUE(
      decide({rule("a", kIsCT), rule("b", unclear())}, Policy::AllMatches, ct()).cannot_tell);
}

TEST(Decisions, NoRuleNoMatch) {
  const auto decision = decide({}, Policy::FirstMatch, ct());
  EXPECT_TRUE(decision.matches.empty());
  EXPECT_FALSE(decision.cannot_tell);
  EXPECT_TRUE(decide({rule("no conditions", nullptr)}, Policy::FirstMatch, ct()).cannot_tell);
}

TEST(Decisions, WantedPathsAreThoseOfConditionsLookupsAndLeaveOut) {
  Rule one =
      rule("a", make_join(Join::Not, {is("study_description", {"X"}),
                                      is("RequestAttributesSequence.RequestedProcedureID", {"Y"}),
                                      is("called_ae_title", {"Z"})}));
  one.recipients = {{"", "referring_physician"}, {"dr", ""}};
  one.leave_out_modalities = {"SR"};
  Rule two = rule("b", is("study_description", {"Q"}));
  EXPECT_EQ(
      wanted_paths({one, two}),
      (std::vector<std::string>{"00080060", "00080090", "00080096>00401101>00080100",
                                "00080096>00401101>00080102", "00081030", "00400275>00401001"}));
}

TEST(Decisions, LeaveOutTakesSOPClassesAndModalities) {
  Rule one;
  one.leave_out_sop_classes = {"1.2.840.10008.5.1.4.1.1.88.67"};
  one.leave_out_modalities = {"SR"};
  auto view = instance({{kModality, {"CT"}}});
  EXPECT_FALSE(leaves_out(one, view));
  view.attributes[kModality] = {"SR "};
  EXPECT_TRUE(leaves_out(one, view));
  view.attributes.clear();
  EXPECT_FALSE(leaves_out(one, view));
  view.sop_class_uid = "1.2.840.10008.5.1.4.1.1.88.67";
  EXPECT_TRUE(leaves_out(one, view));
}

}  // namespace
}  // namespace route
