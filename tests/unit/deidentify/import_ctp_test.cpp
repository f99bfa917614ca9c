#include "deidentify/import_ctp.h"

#include <gmock/gmock.h>

namespace {

using deidentify::import_ctp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> rows(std::string_view script) {
  const auto imported = import_ctp(script);
  for (const auto& one : imported.complaints) ADD_FAILURE() << one.line << ": " << one.what;
  return imported.rows;
}

// The one complaint, as "line: what".
std::string complaint(std::string_view script) {
  const auto imported = import_ctp(script);
  EXPECT_THAT(imported.rows, IsEmpty());
  if (imported.complaints.size() != 1)
    return std::to_string(imported.complaints.size()) + " of them";
  return std::to_string(imported.complaints[0].line) + ": " + imported.complaints[0].what;
}

TEST(ImportCTP, ASectionIsARowForEachRegion) {
  EXPECT_THAT(
      rows("Screens of the Acme 9\n"
           "{ Modality.equals(\"CT\") * Manufacturer.containsIgnoreCase(\"Acme\")\n"
           "  * Rows.equals(\"512\") * SeriesDescription.contains(\"Dose\") }\n"
           "(0,0,100,20)  ( 480, 200 ,32,250)\n"),
      ElementsAre("CTP-1.1.1\timported\t=CT\t~Acme\t\t512\t\t\t~Dose\t\t\t0\t0\t100\t20\tCTP "
                  "script\tline 4",
                  "CTP-1.1.2\timported\t=CT\t~Acme\t\t512\t\t\t~Dose\t\t\t480\t200\t32\t250\tCTP "
                  "script\tline 4"));
}

TEST(ImportCTP, OtherAttributesAndNumbersOfAttributesAreKept) {
  EXPECT_THAT(rows("{ [0008,0060].equals(\"US\") * [0018,1030].contains(\"A\") *\n"
                   "ProtocolName.contains(\"B\") * Manufacturer.contains(\"C\") *\n"
                   "Manufacturer.equals(\"CD\")} (1,2,3,4)"),
              ElementsAre(HasSubstr("\t=US\t~C\t\t\t\t\t\t\tProtocolName~A;ProtocolName~B;"
                                    "Manufacturer=CD\t1\t2\t3\t4\t")));
}

TEST(ImportCTP, AlternativesAreRowsOfTheirOwn) {
  const auto two =
      rows("{ Modality.equals(\"US\") * (Rows.equals(\"480\") + Rows.equals(\"600\")) } (0,0,9,9)");
  EXPECT_THAT(two, ElementsAre(HasSubstr("CTP-1.1.1\timported\t=US\t\t\t480\t"),
                               HasSubstr("CTP-1.2.1\timported\t=US\t\t\t600\t")));
  EXPECT_EQ(
      rows("{ Modality.equals(\"A\") + Modality.equals(\"B\") * Rows.equals(\"1\") } (0,0,1,1)"
           "{ Modality.equals(\"C\") } (0,0,1,1)")
          .size(),
      3u);
}

TEST(ImportCTP, WhatARuleCannotExpressIsRefusedByName) {
  const auto of = [](const std::string& signature) {
    return complaint("a comment\n{ " + signature + " }\n(0,0,1,1)");
  };
  EXPECT_THAT(of("!Modality.equals(\"CT\")"), HasSubstr("2: ! cannot be expressed"));
  for (const char* method : {"startsWith", "endsWithIgnoreCase", "matches", "isLessThan"})
    EXPECT_THAT(of("Modality." + std::string(method) + "(\"C\")"),
                HasSubstr("2: " + std::string(method) + " cannot be expressed"));
  EXPECT_THAT(of("true."), HasSubstr("true cannot be expressed"));
  EXPECT_THAT(of("[0019,1010].equals(\"C\")"), HasSubstr("private"));
  EXPECT_THAT(of("A::Modality.equals(\"C\")"), HasSubstr("path"));
  EXPECT_THAT(of("Modality.equals(\"a|b\")"), HasSubstr("a value of Modality with a sign"));
  EXPECT_THAT(of("ImageType.contains(\"a+b\")"), HasSubstr("ImageType"));
  EXPECT_THAT(of("Modality.contains(\"\")"), HasSubstr("empty value"));
  EXPECT_THAT(of("Rows.contains(\"5\")"), HasSubstr("Rows other than equal to a number"));
  EXPECT_THAT(of("Rows.equals(\"5\") * Rows.equals(\"6\")"), HasSubstr("two numbers"));
}

TEST(ImportCTP, ErrorsAreToldByTheirLine) {
  EXPECT_THAT(complaint("{ Modality.equals(\"CT\")\n * Wings.equals(\"2\") } (0,0,1,1)"),
              HasSubstr("2: an unknown attribute: Wings"));
  EXPECT_THAT(complaint("{ Modality.equals(\"CT\") }\n\n(0,0,1)"), HasSubstr("3: a region like"));
  EXPECT_THAT(complaint("{ Modality.equals(\"CT\") } (0,0,0,5)"), HasSubstr("1: a region like"));
  EXPECT_THAT(complaint("{ Modality.equals(\"CT\") } (0,0,1,70000)"), HasSubstr("up to 65535"));
  EXPECT_THAT(complaint("{ Modality.equals(\"CT\") } (0,0,1,1,1)"), HasSubstr("a region like"));
  EXPECT_THAT(complaint("{ Modality.equals(\"CT\") }\n"),
              HasSubstr("1: a signature without a region"));
  EXPECT_THAT(complaint("(0,0,1,1)"), HasSubstr("without a signature"));
  EXPECT_THAT(complaint("{ Modality.equals(\"CT\") (0,0,1,1)"), HasSubstr("without its }"));
  EXPECT_THAT(complaint("{ Modality.equals(\"CT) } (0,0,1,1)"), HasSubstr("without its }"));
  EXPECT_THAT(complaint("{ Modality.equals(CT) } (0,0,1,1)"), HasSubstr("quotation marks"));
  EXPECT_THAT(complaint("{ Modality.equals(\"A\") Rows.equals(\"1\") } (0,0,1,1)"),
              HasSubstr("an operator"));
  EXPECT_THAT(complaint("{ } (0,0,1,1)"), HasSubstr("an attribute is expected"));
  EXPECT_THAT(complaint("nothing but words"), HasSubstr("no signature"));
  EXPECT_THAT(complaint("} { Modality.equals(\"CT\") } (0,0,1,1)"),
              HasSubstr("without its beginning"));
}

TEST(ImportCTP, OneErrorLeavesNothingAndAllAreTold) {
  const auto imported = import_ctp(
      "{ Modality.equals(\"CT\") } (0,0,1,1)\n"
      "{ !Modality.equals(\"CT\") } (0,0,1,1)\n"
      "{ Modality.matches(\"C.\") } (x)\n");
  EXPECT_THAT(imported.rows, IsEmpty());
  ASSERT_EQ(imported.complaints.size(), 3u);
  EXPECT_EQ(imported.complaints[2].line, 3u);
}

TEST(ImportCTP, ManyAlternativesAndDeepNestingAreRefused) {
  std::string many = "Modality.equals(\"0\")";
  for (int i = 0; i < 70; ++i) many += "+Modality.equals(\"1\")";
  EXPECT_THAT(complaint("{" + many + "} (0,0,1,1)"), HasSubstr("64 alternatives"));
  EXPECT_THAT(complaint("{" + std::string(1000, '(') + "} (0,0,1,1)"), HasSubstr("nested"));
}

}  // namespace
