#include "doctor/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doctor {
namespace {

using testing::HasSubstr;

constexpr base::UnixSeconds kNow = 1'800'000'000, kDay = 86'400;

Answer answered(Figures figures) {
  figures["done"] = "true";
  return {figures, ""};
}
Answer refused(const std::string& words) { return {{{"done", "false"}, {"answer", words}}, ""}; }

Figures well() {
  return {{"role receive", "true"},          {"role work", "true"},
          {"role verify", "true"},           {"role send", "true"},
          {"disk available", "50000000000"}, {"disk total", "100000000000"},
          {"low water", "10000000000"},      {"outbox used", "0"},
          {"outbox limit", "10000000000"},   {"spool used", "1000000"}};
}

TEST(Configuration, ThatIsBrokenIsAFailureThatNamesTheCommand) {
  const auto finding = judge(Configuration{.complaints = 2, .revision = "abc", .in_force = ""});
  EXPECT_EQ(finding.grade, Grade::Fail);
  EXPECT_THAT(finding.figure, HasSubstr("2 complaints"));
  EXPECT_THAT(finding.advice, HasSubstr("dcmcourier check"));
  EXPECT_EQ(judge(Configuration{.found = false, .revision = "", .in_force = ""}).grade,
            Grade::Fail);
}

TEST(Configuration, ThatIsNotInForceAsksForAHangUp) {
  Configuration c{.complaints = 0, .routes = 1, .recipients = 1, .revision = "a", .in_force = "a"};
  EXPECT_EQ(judge(c).grade, Grade::Ok);
  c.in_force = "b";
  EXPECT_EQ(judge(c).grade, Grade::Warn);
  EXPECT_THAT(judge(c).advice, HasSubstr("SIGHUP"));
  c.in_force = "";
  EXPECT_EQ(judge(c).grade, Grade::Ok);
  c.routes = 0;
  EXPECT_EQ(judge(c).grade, Grade::Warn);
}

TEST(ACredential, IsJudgedByWhetherItIsThereOfUseAndOurs) {
  Credential c{.name = "key: KEK",
               .path = "/c/kek",
               .make_with = "put it back",
               .found = true,
               .made = kNow - 3 * kDay};
  EXPECT_EQ(judge(c, kNow).grade, Grade::Ok);
  EXPECT_EQ(judge(c, kNow).figure, "made 3 d ago");
  c.readable_by_others = true;
  EXPECT_EQ(judge(c, kNow).grade, Grade::Warn);
  EXPECT_EQ(judge(c, kNow).advice, "chmod 600 /c/kek");
  c.of_use = false;
  EXPECT_EQ(judge(c, kNow).grade, Grade::Fail);
  c.found = false;
  EXPECT_EQ(judge(c, kNow).advice, "put it back");
  c.may_look = false;
  EXPECT_EQ(judge(c, kNow).grade, Grade::Warn);
}

TEST(Roles, ThatAreMissingAreSaidWithWhatThatMeans) {
  EXPECT_EQ(judge_roles(well()).size(), 1u);
  EXPECT_EQ(judge_roles(well())[0].grade, Grade::Ok);
  auto figures = well();
  figures["role verify"] = "false";
  figures.erase("role send");
  const auto findings = judge_roles(figures);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_THAT(findings[0].figure, HasSubstr("nothing is verified"));
  EXPECT_THAT(findings[1].what, HasSubstr("send"));
}

TEST(TheReaderOfText, ThatIsMissingIsAFailureThatSaysWhatToInstall) {
  EXPECT_EQ(doctor::judge_reader(std::nullopt).grade, Grade::Ok);
  const auto finding = doctor::judge_reader("install it");
  EXPECT_EQ(finding.grade, Grade::Fail);
  EXPECT_EQ(finding.figure, "install it");
  EXPECT_THAT(finding.advice, HasSubstr("release"));
}

TEST(Disk, FailsBelowLowWaterAndWarnsNearIt) {
  auto figures = well();
  EXPECT_EQ(judge_disk(figures)[0].grade, Grade::Ok);
  figures["disk available"] = "15000000000";
  EXPECT_EQ(judge_disk(figures)[0].grade, Grade::Warn);
  figures["disk available"] = "9999999999";
  EXPECT_EQ(judge_disk(figures)[0].grade, Grade::Fail);
  EXPECT_THAT(judge_disk(figures)[0].figure, HasSubstr("10.0 GB of 100.0 GB free"));
}

TEST(Disk, IsJudgedWithoutDispatchByWhatIsThere) {
  const auto findings = judge_disk(
      {{"disk available", "5000000"}, {"disk total", "9000000"}, {"low water", "1000000"}});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].figure, "5.0 MB of 9.0 MB free, low water is 1.0 MB");
}

TEST(Outbox, WarnsBeforeItIsFull) {
  auto figures = well();
  EXPECT_EQ(judge_disk(figures)[1].grade, Grade::Ok);
  figures["outbox used"] = "8100000000";
  EXPECT_EQ(judge_disk(figures)[1].grade, Grade::Warn);
  figures["outbox full"] = "true";
  EXPECT_EQ(judge_disk(figures)[1].grade, Grade::Fail);
}

TEST(Queue, TellsOfWhatIsHeldOfWhatIsOldAndOfLinksThatMayStillOpen) {
  EXPECT_EQ(judge_queue({}, kNow)[0].grade, Grade::Ok);
  const auto findings = judge_queue({{"held", "2"},
                                     {"unexamined since", std::to_string(kNow - 3600)},
                                     {"revoking since", std::to_string(kNow - 5)}},
                                    kNow);
  ASSERT_EQ(findings.size(), 3u);
  for (const auto& finding : findings) EXPECT_EQ(finding.grade, Grade::Warn);
  EXPECT_EQ(judge_queue({{"unexamined since", std::to_string(kNow - 30)}}, kNow)[0].grade,
            Grade::Ok);
}

TEST(Callers, AreSeenNeverSeenOrSilent) {
  const Figures figures = {{"caller CT01 from 10.1.2.3", std::to_string(kNow - 60)},
                           {"caller MR01", "0"},
                           {"caller XA01", std::to_string(kNow - 45 * kDay)},
                           {"role work", "true"}};
  const auto findings = judge_callers(figures, "COURIER at [::]:11112", kNow);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].grade, Grade::Ok);
  EXPECT_EQ(findings[0].figure, "last instance 60 s ago");
  EXPECT_EQ(findings[1].figure, "never seen");
  EXPECT_THAT(findings[1].advice, HasSubstr("COURIER at [::]:11112"));
  EXPECT_EQ(findings[2].grade, Grade::Warn);
  EXPECT_EQ(findings[2].figure, "last instance 45 d ago");
}

TEST(Clock, ThatJumpedIsAFailureAndOneThatIsAloneAWarning) {
  EXPECT_EQ(judge(doctor::Clock{true, false}).size(), 1u);
  EXPECT_EQ(judge(doctor::Clock{true, false})[0].grade, Grade::Ok);
  EXPECT_EQ(judge(doctor::Clock{false, false})[0].grade, Grade::Warn);
  EXPECT_EQ(judge(doctor::Clock{std::nullopt, false})[0].grade, Grade::Warn);
  EXPECT_THAT(judge(doctor::Clock{true, true})[1].advice, HasSubstr("clock confirm"));
}

TEST(ThePortal, IsReachedWithAClockLikeOurs) {
  EXPECT_EQ(judge_portal(answered({{"ahead", "-2"}})).grade, Grade::Ok);
  EXPECT_THAT(judge_portal(answered({{"ahead", "-2"}})).figure, HasSubstr("2 s behind"));
  EXPECT_EQ(judge_portal(answered({{"ahead", "90"}})).grade, Grade::Warn);
  EXPECT_EQ(judge_portal(answered({{"ahead", "0"}, {"jumped", "true"}})).grade, Grade::Fail);
  EXPECT_EQ(judge_portal(answered({})).grade, Grade::Fail);
  EXPECT_EQ(judge_portal(refused("refused")).figure, "refused");
  EXPECT_EQ(judge_portal({{}, "send is not connected"}).grade, Grade::Fail);
}

TEST(ThePublicSide, IsJudgedByItsCertificate) {
  const auto of = [](bool trusted, base::UnixSeconds left) {
    return judge_public_side("https://share.example.org", answered({}),
                             Certificate{trusted, trusted ? "" : "self-signed", kNow + left}, kNow);
  };
  EXPECT_EQ(of(true, 60 * kDay).grade, Grade::Ok);
  EXPECT_THAT(of(true, 60 * kDay).figure, HasSubstr("ends in 60 d"));
  EXPECT_EQ(of(true, 20 * kDay).grade, Grade::Warn);
  EXPECT_EQ(of(true, 6 * kDay).grade, Grade::Fail);
  EXPECT_EQ(of(false, 60 * kDay).grade, Grade::Fail);
  EXPECT_THAT(of(false, 60 * kDay).figure, HasSubstr("not trusted: self-signed"));
  EXPECT_EQ(judge_public_side("https://a", refused("no"), std::nullopt, kNow).grade, Grade::Fail);
  EXPECT_EQ(judge_public_side("https://a", answered({}), std::nullopt, kNow).grade, Grade::Fail);
  EXPECT_EQ(judge_public_side("http://127.0.0.1", answered({}), Certificate{}, kNow).grade,
            Grade::Ok);
}

TEST(Mail, SaysWhatTheServerSaid) {
  EXPECT_THAT(judge_mail("smtps://m", "", answered({})).figure, HasSubstr("no mail was sent"));
  EXPECT_THAT(judge_mail("smtps://m", "a@b.example", answered({})).figure,
              HasSubstr("to a@b.example was taken"));
  EXPECT_EQ(judge_mail("smtps://m", "", refused("535 no")).figure, "smtps://m: 535 no");
}

TEST(AnEcho, ThatMayNotBeTriedIsNoFailure) {
  EXPECT_EQ(judge(Echo{Echo::Outcome::Answered, "a", "", 3}).grade, Grade::Ok);
  const auto skipped = judge(Echo{Echo::Outcome::NotAllowed, "127.0.0.1", "", 0});
  EXPECT_EQ(skipped.grade, Grade::Ok);
  EXPECT_THAT(skipped.advice, HasSubstr("address: 127.0.0.1"));
  EXPECT_EQ(judge(Echo{Echo::Outcome::Refused, "a", "rejected", 0}).grade, Grade::Fail);
  EXPECT_EQ(judge(Echo{Echo::Outcome::Unreachable, "a", "refused", 0}).grade, Grade::Fail);
}

TEST(AnEchoOverTLS, IsJudgedWithTheDaysOfTheCertificate) {
  Echo echo{Echo::Outcome::Answered, "a", "", 3, true, kNow + 90 * kDay};
  EXPECT_EQ(judge_over_tls(echo, kNow).size(), 2u);
  EXPECT_EQ(judge_over_tls(echo, kNow)[0].what, "C-ECHO to itself over TLS");
  EXPECT_EQ(judge_over_tls(echo, kNow)[1].grade, Grade::Ok);
  EXPECT_EQ(judge_over_tls(echo, kNow)[1].figure, "ends in 90 d");
  echo.not_after = kNow + 20 * kDay;
  EXPECT_EQ(judge_over_tls(echo, kNow)[1].grade, Grade::Warn);
  echo.not_after = kNow + 6 * kDay;
  EXPECT_EQ(judge_over_tls(echo, kNow)[1].grade, Grade::Fail);
  echo.not_after = kNow - kDay;
  EXPECT_EQ(judge_over_tls(echo, kNow)[1].figure, "it has ended");
  EXPECT_THAT(judge_over_tls(echo, kNow)[1].advice, HasSubstr("reload"));
  echo = {Echo::Outcome::Refused, "a", "no TLS: alert internal error", 0, true, 0};
  EXPECT_EQ(judge_over_tls(echo, kNow).size(), 1u);
  EXPECT_EQ(judge(echo).grade, Grade::Fail);
  echo.outcome = Echo::Outcome::NeedsCertificate;
  EXPECT_EQ(judge(echo).grade, Grade::Ok);
}

TEST(ASpoolKey, IsMadeAnewEveryWeek) {
  EXPECT_EQ(judge_spool_key({{"spool key made", std::to_string(kNow - kDay)}}, kNow).grade,
            Grade::Ok);
  EXPECT_EQ(judge_spool_key({{"spool key made", std::to_string(kNow - 9 * kDay)}}, kNow).grade,
            Grade::Warn);
  EXPECT_EQ(judge_spool_key({}, kNow).grade, Grade::Fail);
}

TEST(TheExitCode, IsThatOfTheWorst) {
  const Finding fine{Grade::Ok, "a", "", ""}, odd{Grade::Warn, "b", "", ""},
      bad{Grade::Fail, "c", "", ""}, broken{Grade::Fail, "configuration", "", ""};
  EXPECT_EQ(exit_code({fine}), 0);
  EXPECT_EQ(exit_code({fine, odd}), 1);
  EXPECT_EQ(exit_code({bad, odd}), 69);
  EXPECT_EQ(exit_code({odd, broken, bad}), 78);
}

TEST(Numbers, AreZeroWhereThereAreNone) {
  EXPECT_EQ(number({}, "a"), 0);
  EXPECT_EQ(number({{"a", "x"}}, "a"), 0);
  EXPECT_EQ(number({{"a", "-5"}}, "a"), -5);
}

}  // namespace
}  // namespace doctor
