#include "settings/values.h"

#include <gtest/gtest.h>

namespace {

using namespace settings;  // NOLINT: the test's own file

struct Case {
  const char* text;
  bool good;
};
template <std::size_t N>
void expect_all(std::string (*check)(const std::string&), const Case (&cases)[N]) {
  for (const Case& one : cases) {
    EXPECT_EQ(check(one.text).empty(), one.good) << one.text << ": " << check(one.text);
  }
}

TEST(Values, DurationsHaveANumberAndAUnit) {
  EXPECT_EQ(parse_duration("60s"), 60);
  EXPECT_EQ(parse_duration("90 min"), 5400);
  EXPECT_EQ(parse_duration("4h"), 14400);
  EXPECT_EQ(parse_duration("14d"), 14 * 86400);
  EXPECT_EQ(parse_duration("2w"), 14 * 86400);
  for (const char* bad :
       {"", "60", "s", "-1s", "1.5h", "1h30m", "60 x", "9999999999999999s", "s60"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Values, SizesKnowDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_size("8 GiB"), 8ull << 30);
  EXPECT_EQ(parse_size("20GB"), 20'000'000'000u);
  EXPECT_EQ(parse_size("512"), 512u);
  EXPECT_FALSE(parse_size("8 gibibytes"));
  EXPECT_FALSE(parse_size("999999999999999 TiB"));
}

TEST(Values, PartsArePercentages) {
  EXPECT_DOUBLE_EQ(*parse_part("10%"), 0.1);
  EXPECT_DOUBLE_EQ(*parse_part("2.5 %"), 0.025);
  for (const char* bad : {"10", "%", "101%", "-1%", "nan%", "inf%", "1e999%"}) {
    EXPECT_FALSE(parse_part(bad)) << bad;
  }
}

TEST(Values, WrittenDurationsAndSizesReadBackTheSame) {
  for (const std::int64_t seconds : {0, 1, 59, 60, 3600, 86400, 90061, 604800}) {
    EXPECT_EQ(parse_duration(format_duration(seconds)), seconds);
  }
  for (const std::uint64_t bytes : {1ull, 512ull, 1ull << 20, 8ull << 30, 20'000'000'000ull}) {
    EXPECT_EQ(parse_size(format_size(bytes)), bytes);
  }
}

TEST(Values, AETitlesFollowPart5) {
  expect_all(check_ae_title, {{"COURIER", true},
                              {"A B-C_1.x", true},
                              {"1234567890123456", true},
                              {"12345678901234567", false},
                              {"", false},
                              {" A", false},
                              {"A ", false},
                              {"A\\B", false},
                              {"K\xC3\x96LN", false},
                              {"*", true}});
  EXPECT_EQ(check_caller_ae_title("*"), "");
}

TEST(Values, MailAddressesAreStrict) {
  expect_all(check_mail_address, {{"okafor@clinic.example", true},
                                  {"a.b+c@sub.clinic-1.example", true},
                                  {"a@localhost", true},
                                  {"", false},
                                  {"okafor", false},
                                  {"@clinic.example", false},
                                  {"okafor@", false},
                                  {"a@b@c.example", false},
                                  {"a..b@c.example", false},
                                  {".a@c.example", false},
                                  {"a b@c.example", false},
                                  {"a@c.example\r\nBcc: x@y.example", false},
                                  {"a@c.example\n", false},
                                  {"<a@c.example>", false},
                                  {"A <a@c.example>", false},
                                  {"a@c.example,b@c.example", false},
                                  {"a@-c.example", false},
                                  {"a@c..example", false},
                                  {"a@10.0.0.1", false},
                                  {"j\xC3\xBCrgen@c.example", false}});
}

TEST(Values, NetworksAreAddressesWithOrWithoutPrefix) {
  expect_all(check_network, {{"10.1.2.3", true},
                             {"10.1.2.0/24", true},
                             {"0.0.0.0/0", true},
                             {"2001:db8::/32", true},
                             {"::1", true},
                             {"10.1.2.0/33", false},
                             {"10.1.2/24", false},
                             {"10.1.2.0/", false},
                             {"10.1.2.0/-1", false},
                             {"10.1.2.0/+8", false},
                             {"2001:db8::/129", false},
                             {"ct01.example", false},
                             {"10.1.2.0/24/8", false}});
}

TEST(Values, ListenersAreAddressesWithPorts) {
  expect_all(check_listen, {{"[::]:11112", true},
                            {"127.0.0.1:104", true},
                            {"127.0.0.1:0", true},
                            {"localhost:104", false},
                            {"127.0.0.1", false},
                            {"::1:104", false},
                            {"[127.0.0.1]:104", false},
                            {"127.0.0.1:65536", false},
                            {"127.0.0.1:", false},
                            {"[::1", false}});
}

TEST(Values, ThePortalIsHttpsExceptOnLoopback) {
  expect_all(check_portal_url, {{"https://share.example.org", true},
                                {"https://share.example.org/", true},
                                {"https://share.example.org:8443", true},
                                {"http://localhost:8080", true},
                                {"http://127.0.0.1:8080", true},
                                {"http://[::1]:8080", true},
                                {"http://share.example.org", false},
                                {"http://127.example.org", false},
                                {"https://share.example.org/path", false},
                                {"https://user@share.example.org", false},
                                {"https://share.example.org?x", false},
                                {"https://", false},
                                {"share.example.org", false},
                                {"https://share.example.org:0", false}});
}

TEST(Values, MailServersPinsHostsAndCredentials) {
  expect_all(check_mail_server, {{"smtps://mail.example.org", true},
                                 {"smtp://mail.example.org:587", true},
                                 {"smtp://127.0.0.1:2525", true},
                                 {"mail.example.org", false},
                                 {"http://mail.example.org", false},
                                 {"smtps://mail.example.org/x", false}});
  expect_all(check_host_port, {{"share.example.org:8444", true},
                               {"[::1]:8444", true},
                               {"share.example.org", false},
                               {"share.example.org:0", false}});
  EXPECT_EQ(check_pin("sha256:" + std::string(64, 'a')), "");
  EXPECT_NE(check_pin("sha256:" + std::string(63, 'a')), "");
  EXPECT_NE(check_pin("sha256:" + std::string(64, 'g')), "");
  EXPECT_NE(check_pin("sha1:" + std::string(64, 'a')), "");
  expect_all(check_credential, {{"credential:portal-key", true},
                                {"hunter2", false},
                                {"credential:", false},
                                {"credential:../shadow", false},
                                {"credential:a/b", false},
                                {"credential:.hidden", false}});
}

TEST(Values, NamesAndLinesAndPaths) {
  expect_all(check_name, {{"dr-okafor", true},
                          {"a.b_c", true},
                          {"", false},
                          {"-a", false},
                          {"a b", false},
                          {"a/b", false}});
  expect_all(check_line,
             {{"St. Example Hospital", true}, {"", false}, {"a\nb", false}, {"a\rb", false}});
  expect_all(check_folder, {{"/var/lib/x", true}, {"var/lib", false}, {"", false}});
}

}  // namespace
