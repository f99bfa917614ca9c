// What dispatch believes of a child's word, and what it keeps of a rule. Pure but for the outbox.
#include <nlohmann/json.hpp>

#include "made_house.h"

namespace service {
namespace {

using testing::HasSubstr;

jobs::Facts good() {
  jobs::Facts facts;
  facts.study_instance_uid = facts.series_instance_uid = facts.sop_instance_uid =
      facts.sop_class_uid = facts.transfer_syntax_uid = "1.2.3";
  facts.modality = "CT";
  return facts;
}

TEST(Facts, ThatArePlausibleAreTaken) { EXPECT_EQ(complaint_about(good()), ""); }

TEST(Facts, WithAUIDThatIsNoneAreNot) {
  for (auto member : {&jobs::Facts::study_instance_uid, &jobs::Facts::series_instance_uid,
                      &jobs::Facts::sop_instance_uid, &jobs::Facts::sop_class_uid,
                      &jobs::Facts::transfer_syntax_uid})
    for (const std::string& uid : {std::string(), std::string(65, '1'), std::string("1.2.x"),
                                   std::string("1.2\0", 4), std::string("1.2 ")}) {
      auto facts = good();
      facts.*member = uid;
      EXPECT_THAT(complaint_about(facts), HasSubstr("UID"));
    }
}

TEST(Facts, OfMoreThanAnInstanceCanHaveAreNot) {
  std::vector<std::function<void(jobs::Facts&)>> lies = {
      [](auto& f) { f.calling_ae_title = std::string(17, 'A'); },
      [](auto& f) { f.called_ae_title = std::string(17, 'A'); },
      [](auto& f) { f.patient_name = std::string(70'000, 'A'); },
      [](auto& f) { f.patient_id = std::string(70'000, 'A'); },
      [](auto& f) { f.attributes["00081030"] = {std::string(70'000, 'A')}; },
      [](auto& f) {
        for (int i = 0; i < 300; ++i) f.attributes[std::to_string(i)] = {};
      },
      [](auto& f) { f.undecodable.resize(300); },
      [](auto& f) {
        std::vector<identity::Identifier> many;
        for (int i = 0; i < 20'001; ++i) many.push_back({identity::Kind::Word, std::to_string(i)});
        f.identifiers = identity::Identifiers(many);
      },
      [](auto& f) {
        f.identifiers = identity::Identifiers({{identity::Kind::Word, std::string(5u << 20, 'A')}});
      }};
  for (std::size_t i = 0; i < lies.size(); ++i) {
    auto facts = good();
    lies[i](facts);
    EXPECT_NE(complaint_about(facts), "") << i;
  }
}

TEST(Reason, IsCutAndPrintable) {
  EXPECT_EQ(short_reason("fine"), "fine");
  EXPECT_EQ(short_reason(""), "refused without a reason");
  EXPECT_EQ(short_reason(std::string(1000, 'x')).size(), 200u);
  EXPECT_EQ(short_reason("a\n\x1B[2J\xC3\xBC"), "a??[2J??");
}

jobs::Facts patient(const std::string& id, const std::string& name,
                    const std::string& birth_date = "19700101", const std::string& issuer = "H") {
  auto facts = good();
  facts.patient_id = id;
  facts.patient_name = name;
  facts.patient_birth_date = birth_date;
  facts.issuer_of_patient_id = issuer;
  return facts;
}

TEST(Patient, IsTheSameHoweverTheNameIsWritten) {
  const auto reference = patient_of(patient("P1", "DOE^JANE"));
  for (const char* name :
       {"Doe^Jane", "doe^jane^^", "DOE^JANE ", "DOE^JANE=山田^花子", "DOE^ JANE"})
    EXPECT_EQ(patient_of(patient("P1", name)), reference) << name;
  EXPECT_EQ(patient_of(patient(" p1 ", "DOE^JANE")), reference);
}

TEST(Patient, IsAnotherWhenAnythingElseDiffers) {
  const auto reference = patient_of(patient("P1", "DOE^JANE"));
  EXPECT_NE(patient_of(patient("P2", "DOE^JANE")), reference);
  EXPECT_NE(patient_of(patient("P=001", "")), patient_of(patient("P=002", "")));
  EXPECT_NE(patient_of(patient("P^1", "")), patient_of(patient("P 1", "")));
  EXPECT_NE(patient_of(patient("P1", "=山田^太郎")), patient_of(patient("P1", "=山田^花子")));
  EXPECT_NE(patient_of(patient("P1", "DOE^JOHN")), reference);
  EXPECT_NE(patient_of(patient("P1", "DOE^JANE", "19700102")), reference);
  EXPECT_NE(patient_of(patient("P1", "DOE^JANE", "19700101", "I")), reference);
  EXPECT_NE(patient_of(patient("P1H", "DOE^JANE", "19700101", "")), reference);
}

ledger::Instance row(char patient, char uid) {
  ledger::Instance made;
  made.patient_key = base::Bytes(32, static_cast<std::uint8_t>(patient));
  made.sop_key = base::Bytes(32, static_cast<std::uint8_t>(uid));
  return made;
}

TEST(Inconsistency, IsTwoPatientsOrTwoContents) {
  EXPECT_EQ(inconsistency({}), "");
  EXPECT_EQ(inconsistency({row('a', '1'), row('a', '2')}), "");
  EXPECT_THAT(inconsistency({row('a', '1'), row('b', '2')}), HasSubstr("patient"));
  EXPECT_THAT(inconsistency({row('a', '1'), row('a', '1')}), HasSubstr("SOP Instance UID"));
}

route::Rule full_rule() {
  route::Rule rule;
  rule.deidentify.options = {"retain_uids", "modify_dates"};
  rule.deidentify.drop_instance = true;
  rule.deidentify.blocklist = true;
  rule.leave_out_sop_classes = {"1.2"};
  rule.leave_out_modalities = {"SR"};
  rule.share = {3600, "second opinion", false, false, false};
  return rule;
}

TEST(Profile, OfABundleFromBeforeHasTheAllowList) {
  auto written = nlohmann::json::parse(write_profile(profile_of(full_rule())));
  written.erase("blocklist");
  EXPECT_FALSE(must(parse_profile(written.dump())).deidentify.blocklist);
}

TEST(Profile, ComesBackFromTheLedger) {
  const auto profile = profile_of(full_rule());
  const auto back = must(parse_profile(write_profile(profile)));
  EXPECT_EQ(back.deidentify.base, "basic");
  EXPECT_THAT(back.deidentify.options, testing::ElementsAre("modify_dates", "retain_uids"));
  EXPECT_TRUE(back.deidentify.drop_instance);
  EXPECT_TRUE(back.deidentify.blocklist);
  EXPECT_FALSE(back.compress);
  EXPECT_FALSE(back.pad);
  auto facts = good();
  EXPECT_FALSE(leaves_out(back, facts));
  facts.modality = "SR";
  EXPECT_TRUE(leaves_out(back, facts));
  facts.modality = "CT";
  facts.sop_class_uid = "1.2";
  EXPECT_TRUE(leaves_out(back, facts));
}

// Equal content must have equal text: the text decides what is one preparation.
TEST(Profile, DoesNotDependOnTheOrderOfItsOptions) {
  auto other = full_rule();
  std::swap(other.deidentify.options[0], other.deidentify.options[1]);
  EXPECT_EQ(write_profile(profile_of(other)), write_profile(profile_of(full_rule())));
  other.deidentify.none = true;
  EXPECT_NE(write_profile(profile_of(other)), write_profile(profile_of(full_rule())));
}

TEST(Profile, ThatCannotBeReadIsACaseForTheAdministrator) {
  for (const char* text : {"", "{}", "[]", "{\"base\":1}"}) {
    EXPECT_FALSE(parse_profile(text).ok());
    EXPECT_FALSE(parse_policy(text).ok());
    EXPECT_EQ(parse_policy(text).fault().remedy, base::Remedy::AskAdministrator);
  }
}

TEST(SharePolicy, ComesBackFromTheLedger) {
  const auto back = must(parse_policy(write_policy(policy_of(full_rule()))));
  EXPECT_EQ(back.lifetime, 3600);
  EXPECT_EQ(back.purpose, "second opinion");
  EXPECT_FALSE(back.code);
  EXPECT_EQ(mode_of(back), share::Mode::LinkOnly);
}

TEST(Age, IsSaidInTheUnitThatFits) {
  EXPECT_EQ(age(100, 100), "0 s");
  EXPECT_EQ(age(100, 50), "0 s");
  EXPECT_EQ(age(0, 600), "10 min");
  EXPECT_EQ(age(0, 10'000), "2 h");
  EXPECT_EQ(age(0, 10 * 86'400), "10 d");
}

TEST_F(InAHouse, TheMessageIDNamesShareArmAndTheHospitalsDomain) {
  ledger::Share share;
  share.id = "abc";
  share.arm = 3;
  EXPECT_EQ(message_id(*house_, share), "abc.3@hospital.example");
}

TEST_F(InAHouse, AnOutboxFileIsMadeOnceAndRemovedAsOftenAsYouLike) {
  const base::Bytes id(16, 7);
  EXPECT_TRUE(make_outbox_file(*house_, id).ok());
  EXPECT_FALSE(make_outbox_file(*house_, id).ok());
  EXPECT_EQ(outbox_files(), 1u);
  must(remove_outbox_file(*house_, id));
  must(remove_outbox_file(*house_, id));
  EXPECT_EQ(outbox_files(), 0u);
}

TEST_F(InAHouse, ALargeBundleFitsAnEmptyOutboxButNotOneThatIsInUse) {
  house_->settings.storage.outbox_part = 0.0;
  EXPECT_TRUE(must(outbox_has_room(*house_, 1)));
  const auto file = must(make_outbox_file(*house_, base::Bytes(16, 7)));
  must(disk::write_all(file.get(), base::Bytes(100'000)));
  EXPECT_FALSE(must(outbox_has_room(*house_, 1)));
}

TEST_F(InAHouse, ListsShowNoPatientData) {
  arrive({Content{"1.2.1", "1.2.1.1", "VANDERMOLEN", "KNEE"}});
  std::string shown;
  for (auto list : {list_studies, list_deliveries, list_shares})
    for (const auto& line : must(list(*house_, {})).rows)
      for (const auto& cell : line) shown += cell + " ";
  shown += show_status(*house_, {}).text;
  EXPECT_EQ(shown.find("VANDERMOLEN"), std::string::npos);
  EXPECT_EQ(shown.find("1.2.1"), std::string::npos);
  EXPECT_NE(shown.find("doe"), std::string::npos);
  EXPECT_THAT(must(explain_study(*house_, {{"id", "1"}})).text, HasSubstr("knees"));
}

TEST_F(InAHouse, TheAuditIsVerifiedAndExportedWithoutPatientData) {
  arrive({Content{"1.2.1", "1.2.1.1", "VANDERMOLEN", "KNEE"}});
  EXPECT_EQ(must(verify_audit(*house_, {})).exit_code, 0);
  const auto rows = must(export_audit(*house_, {})).rows;
  EXPECT_GE(rows.size(), 3u);
  for (const auto& line : rows) EXPECT_EQ(line[0].find("VANDERMOLEN"), std::string::npos);
  EXPECT_EQ(must(export_audit(*house_, {{"from", std::to_string(rows.size())}})).rows.size(), 1u);
}

}  // namespace
}  // namespace service
