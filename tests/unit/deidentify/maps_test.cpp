#include <gtest/gtest.h>

#include "made.h"

namespace {

using deidentify::map_uid;
using deidentify::patient_map;
using made::key;

TEST(Maps, GiveTheVectorsOfTheDocument) {
  const auto map = patient_map(key(), "MRN-7734-XQ", "", "1.2.3");
  EXPECT_EQ(map.pseudonym, "PW96NNST8Z6YH");
  EXPECT_EQ(map.shift_days, -2499);
  EXPECT_EQ(map_uid(map.uid_key, "1.2.3"), "2.25.265167921702543904579733803694101665194");
  EXPECT_EQ(map_uid(map.uid_key, made::kUid), made::kMappedUid);
}

TEST(T22, AUidIsTheSameWithItsPadding) {
  const auto map = made::map();
  EXPECT_EQ(map_uid(map.uid_key, std::string_view("1.2.3\0", 6)), map_uid(map.uid_key, "1.2.3"));
  EXPECT_EQ(map_uid(map.uid_key, "1.2.3 "), map_uid(map.uid_key, "1.2.3"));
}

TEST(T25, AnotherDomainGivesOtherUids) {
  const auto one = patient_map(key(0), "A", "", "1.2.3"),
             again = patient_map(key(0), "A", "", "1.2.3");
  const auto other = patient_map(key(1), "A", "", "1.2.3");
  EXPECT_EQ(map_uid(one.uid_key, "1.2.3"), map_uid(again.uid_key, "1.2.3"));
  EXPECT_NE(map_uid(one.uid_key, "1.2.3"), map_uid(other.uid_key, "1.2.3"));
}

TEST(T69, PatientsWithoutAnIdAreToldApartByTheirStudy) {
  EXPECT_NE(patient_map(key(), "", "", "1.2.3").pseudonym,
            patient_map(key(), " ", "", "1.2.4").pseudonym);
  EXPECT_EQ(patient_map(key(), "", "", "1.2.3").pseudonym,
            patient_map(key(), " ", "X", "1.2.3").pseudonym);
}

TEST(T70, TheIssuerMakesAnotherPatient) {
  EXPECT_NE(patient_map(key(), "MRN-7734-XQ", "HOSP", "").pseudonym, "PW96NNST8Z6YH");
}

TEST(T71, CaseAndSpacesMakeNoOtherPatient) {
  EXPECT_EQ(patient_map(key(), "mrn-7734-xq ", "", "").pseudonym, "PW96NNST8Z6YH");
  EXPECT_EQ(patient_map(key(), "a  b", "", "").pseudonym,
            patient_map(key(), "A B", "", "").pseudonym);
}

}  // namespace
