#include "route/directory.h"

#include "studies.h"

namespace route {
namespace {

const std::string kReferring = "00080090", kCodes = "00080096>00401101>00080100",
                  kSchemes = "00080096>00401101>00080102";

Recipient known(const std::string& id, std::vector<std::string> as) {
  Recipient one;
  one.id = id;
  one.known_as = std::move(as);
  return one;
}
const std::vector<Recipient> kDirectory = {known("okafor", {"OKAFOR^ADA", "NPI:1234567890"}),
                                           known("mueller", {"M\xC3\x9CLLER^JOHN", "NPI:222"}),
                                           known("mueller2", {"M\xC3\xBCller^John", "HPCSA:77"}),
                                           known("clinic", {"Example Clinic"})};

std::string resolved(const StudyView& view, std::vector<RecipientRef> recipients) {
  Rule rule;
  rule.recipients = std::move(recipients);
  const auto result = resolve(rule, kDirectory, view);
  if (!result.ok()) return result.fault().what;
  std::string text;
  for (const auto& id : result.value()) text += (text.empty() ? "" : ",") + id;
  return text;
}
std::string referring(Attributes attributes) {
  return resolved(study({std::move(attributes)}), {{"", "referring_physician"}});
}

TEST(Directory, NamesAreFoldedBeforeTheyAreCompared) {
  EXPECT_EQ(fold_name("OKAFOR^ADA^^^ "), "okafor^ada");
  EXPECT_EQ(fold_name("Okafor ^  Ada  Maria"), "okafor^ada maria");
  EXPECT_EQ(fold_name("\xC3\x96ZT\xC3\x9CRK^AY\xC5\x9E"
                      "E"),
            "\xC3\xB6zt\xC3\xBCrk^ay\xC5\x9F"
            "e");
  EXPECT_EQ(fold_name("\xCE\x91\xCE\x92^\xD0\x9F\xD0\x81"), "\xCE\xB1\xCE\xB2^\xD0\xBF\xD1\x91");
  EXPECT_EQ(fold_name("Yamada^Tarou=\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E"),
            "yamada^tarou");
  EXPECT_EQ(fold_name("^^"), "");
  EXPECT_EQ(fold_name("\xE5\xB1\xB1"), "\xE5\xB1\xB1");
}

TEST(Directory, CodesAreASchemeAndAValue) {
  EXPECT_TRUE(is_code("NPI:1234567890"));
  EXPECT_FALSE(is_code("OKAFOR^ADA"));
  EXPECT_FALSE(is_code("Example Clinic: West"));
  EXPECT_FALSE(is_code(":1"));
  EXPECT_FALSE(is_code("NPI:"));
}

TEST(Directory, APhysicianIsFoundByNameOrByIdentifier) {
  EXPECT_EQ(referring({{kReferring, {"Okafor^Ada^"}}}), "okafor");
  EXPECT_EQ(referring({{kCodes, {"1234567890"}}, {kSchemes, {"NPI"}}}), "okafor");
  EXPECT_EQ(referring({{kCodes, {"1234567890 "}}, {kSchemes, {"2.16.840.1.113883.4.6"}}}),
            "okafor");
  EXPECT_EQ(referring({{kReferring, {"OKAFOR^A"}}, {kCodes, {"1234567890"}}, {kSchemes, {"npi"}}}),
            "okafor");
}

TEST(Directory, TheUnknownAreHeldWithoutTheirName) {
  const std::string what = referring({{kReferring, {"SECRET^NAME"}}});
  EXPECT_EQ(what,
            "no recipient is known as the study's referring physician (by referring_physician)");
  EXPECT_EQ(referring({{kCodes, {"1234567890"}}, {kSchemes, {"LOCAL"}}}), what);
  EXPECT_EQ(referring({}), "the study names no referring physician (by referring_physician)");
}

TEST(Directory, TheAmbiguousAreHeld) {
  EXPECT_NE(referring({{kReferring, {"M\xC3\xBCLLER^JOHN"}}}).find("more than one recipient"),
            std::string::npos);
  const auto two = study({{{kReferring, {"OKAFOR^ADA"}}}, {{kReferring, {"SMITH^A"}}}});
  EXPECT_NE(resolved(two, {{"", "referring_physician"}}).find("names more than one"),
            std::string::npos);
  EXPECT_NE(referring({{kReferring, {"OKAFOR^ADA"}}, {kCodes, {"222"}}, {kSchemes, {"NPI"}}})
                .find("more than one recipient"),
            std::string::npos);
}

TEST(Directory, ANamesakeWithAnotherIdentifierIsHeld) {
  EXPECT_NE(referring({{kReferring, {"OKAFOR^ADA"}}, {kCodes, {"999"}}, {kSchemes, {"NPI"}}})
                .find("disagree"),
            std::string::npos);
  EXPECT_EQ(referring({{kReferring, {"OKAFOR^ADA"}}, {kCodes, {"999"}}, {kSchemes, {"LOCAL"}}}),
            "okafor");
}

TEST(Directory, WhatCannotBeReadIsHeld) {
  auto view = instance({{kCodes, {"1234567890"}}, {kSchemes, {"NPI"}}});
  view.undecodable = {kReferring};
  EXPECT_NE(resolved(StudyView({view}), {{"", "referring_physician"}}).find("cannot be read"),
            std::string::npos);
  EXPECT_NE(referring({{kCodes, {"1", "2"}}, {kSchemes, {"NPI"}}}).find("cannot be read"),
            std::string::npos);
}

TEST(Directory, EachWordReadsItsOwnAttributes) {
  const auto by = [](const char* word, Attributes attributes) {
    return resolved(study({std::move(attributes)}), {{"", word}});
  };
  EXPECT_EQ(by("requesting_physician", {{"00321032", {"OKAFOR^ADA"}}}), "okafor");
  EXPECT_EQ(by("requesting_physician", {{"00400275>00321032", {"OKAFOR^ADA"}}}), "okafor");
  EXPECT_EQ(by("performing_physician", {{"00081050", {"OKAFOR^ADA"}}}), "okafor");
  EXPECT_NE(by("performing_physician", {{"00081050", {"OKAFOR^ADA", "X^Y"}}}).find("more than one"),
            std::string::npos);
  EXPECT_EQ(by("institution", {{"00080080", {"EXAMPLE CLINIC"}}}), "clinic");
  EXPECT_EQ(by("institution", {{"00080082>00080100", {"77"}}, {"00080082>00080102", {"HPCSA"}}}),
            "mueller2");
  EXPECT_EQ(directory_words().size(), 4u);
  EXPECT_TRUE(directory_paths("nobody").empty());
}

TEST(Directory, FixedAndLookedUpRecipientsAreListedOnce) {
  const auto view = study({{{kReferring, {"OKAFOR^ADA"}}}});
  EXPECT_EQ(resolved(view, {{"clinic", ""}, {"okafor", ""}, {"", "referring_physician"}}),
            "clinic,okafor");
  EXPECT_EQ(resolved(view, {{"gone", ""}}), "the rule names a recipient that is unknown");
  EXPECT_EQ(resolved(view, {}), "the rule names no recipient");
}

}  // namespace
}  // namespace route
