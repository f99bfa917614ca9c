#include "studies.h"

namespace route {
namespace {

std::string path(const std::string& name) {
  const auto subject = parse_subject(name);
  return subject.ok() ? subject.value().path : subject.fault().what;
}

TEST(Subjects, KeywordsInBothSpellingsAndTagsLeadToTheSamePath) {
  EXPECT_EQ(path("StudyDescription"), "00081030");
  EXPECT_EQ(path("study_description"), "00081030");
  EXPECT_EQ(path("(0008,1030)"), "00081030");
  EXPECT_EQ(path("sop_class_uid"), "00080016");
  EXPECT_EQ(path("x_ray_tube_current"), "00181151");
  EXPECT_EQ(path("kvp"), "00180060");
  EXPECT_EQ(path("(0029,1010)"), "00291010");
}

TEST(Subjects, NestedPathsNameAnyItem) {
  EXPECT_EQ(path("RequestAttributesSequence.RequestedProcedureID"), "00400275>00401001");
  EXPECT_EQ(path("request_attributes_sequence.requested_procedure_id"), "00400275>00401001");
  EXPECT_EQ(path("(0040,0275).(0032,1064).(0008,0100)"), "00400275>00321064>00080100");
}

TEST(Subjects, MisspeltNamesGetAHint) {
  EXPECT_EQ(path("study_descripton"),
            "unknown attribute 'study_descripton'; did you mean 'study_description'?");
  EXPECT_EQ(path("StudyDescripton"),
            "unknown attribute 'StudyDescripton'; did you mean 'StudyDescription'?");
  EXPECT_EQ(path("sop_clas_uid"),
            "unknown attribute 'sop_clas_uid'; did you mean 'sop_class_uid'?");
}

TEST(Subjects, WhatCannotBeComparedIsRefused) {
  EXPECT_NE(path("pixel_data").find("no text"), std::string::npos);
  EXPECT_NE(path("RequestAttributesSequence").find("is a sequence"), std::string::npos);
  EXPECT_NE(path("Modality.StudyDate").find("no sequence"), std::string::npos);
  EXPECT_NE(path("(0002,0010)").find("not part"), std::string::npos);
  EXPECT_NE(path("").find("unknown"), std::string::npos);
  EXPECT_NE(path("StudyDate.").find("no sequence"), std::string::npos);
  EXPECT_NE(path(std::string(300, 'a')).find("too long"), std::string::npos);
  std::string deep = "(0040,0275)";
  for (int i = 0; i < 10; ++i) deep += ".(0040,0275)";
  EXPECT_NE(path(deep).find("too deep"), std::string::npos);
}

TEST(Subjects, TheAssociationAndTheSOPClassHaveWordsOfTheirOwn) {
  EXPECT_EQ(parse_subject("caller_address").value().source, Subject::Source::CallerAddress);
  EXPECT_EQ(parse_subject("called_ae_title").value().source, Subject::Source::CalledAETitle);
  EXPECT_EQ(parse_subject("sop_class").value().source, Subject::Source::SOPClass);
}

TEST(Subjects, PatientAndStudyAttributesAreOfTheStudy) {
  for (const char* name :
       {"PatientID", "PatientName", "StudyDescription", "AccessionNumber", "ReferringPhysicianName",
        "StudyDate", "PatientAge", "ReferringPhysicianIdentificationSequence.InstitutionName"}) {
    EXPECT_TRUE(is_study_level(parse_subject(name).value())) << name;
  }
  for (const char* name : {"Modality", "SeriesDescription", "BodyPartExamined", "InstitutionName",
                           "AnatomicalOrientationType", "called_ae_title", "(0029,1010)"}) {
    EXPECT_FALSE(is_study_level(parse_subject(name).value())) << name;
  }
}

}  // namespace
}  // namespace route
