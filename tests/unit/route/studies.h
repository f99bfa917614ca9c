// Small studies and conditions for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include "route/condition.h"

namespace route {

using Attributes = std::map<std::string, std::vector<std::string>>;

inline const std::string kStudyDescription = "00081030", kModality = "00080060",
                         kSliceThickness = "00180050", kStudyDate = "00080020",
                         kSeriesNumber = "00200011", kPatientName = "00100010",
                         kSeriesDate = "00080021";

inline InstanceView instance(Attributes attributes) {
  InstanceView view;
  view.called_ae_title = "COURIER";
  view.calling_ae_title = "CT01";
  view.peer_address = "10.1.2.3";
  view.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  view.attributes = std::move(attributes);
  return view;
}

inline StudyView study(std::vector<Attributes> instances) {
  std::vector<InstanceView> views;
  for (auto& one : instances) views.push_back(instance(std::move(one)));
  return StudyView(std::move(views));
}

inline ConditionRef on(const std::string& name, Test test) {
  auto subject = parse_subject(name);
  EXPECT_TRUE(subject.ok()) << name;
  return make_test(subject.value(), std::move(test));
}
inline ConditionRef is(const std::string& name, std::vector<std::string> values) {
  return on(name, OneOf{std::move(values)});
}
inline ConditionRef matches(const std::string& name, const std::string& pattern) {
  auto compiled = compile_pattern(pattern);
  EXPECT_TRUE(compiled.ok()) << pattern;
  return on(name, compiled.value());
}
inline Answer answer(const ConditionRef& condition, const StudyView& view) {
  return evaluate(*condition, view).answer;
}
inline std::string why(const ConditionRef& condition, const StudyView& view) {
  const auto evaluation = evaluate(*condition, view);
  EXPECT_EQ(evaluation.reasons.size(), 1u);
  return evaluation.reasons.at(0).reveal().why;
}

inline constexpr Answer kYes = Answer::Yes, kNo = Answer::No, kCannotTell = Answer::CannotTell;

}  // namespace route
