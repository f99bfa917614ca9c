#include <gtest/gtest.h>

#include "portal/target.h"

namespace {

using portal::RangeKind;

TEST(LogLabel, KeepsAShareIdAndNothingBehindIt) {
  const std::string id = "AAECAwQFBgcICQoLDA0ODw";
  EXPECT_EQ(portal::log_label("/s/" + id), "/s/" + id);
  EXPECT_EQ(portal::log_label("/s/" + id + "%23SECRET"), "/s/" + id);
  EXPECT_EQ(portal::log_label("/s/" + id + "?q=SECRET"), "/s/" + id);
  EXPECT_EQ(portal::log_label("/s/DOE%5EJANE"), "/s/");
  EXPECT_EQ(portal::log_label("/s/AAECAwQFBgcICQoLDA0OD?"), "/s/");
}

TEST(LogLabel, NamesEndpointsWithoutWhatFollows) {
  EXPECT_EQ(portal::log_label("/api/1/hello"), "/api/1/hello");
  EXPECT_EQ(portal::log_label("/api/1/blobs/SECRETSECRET"), "/api/1/blobs");
  EXPECT_EQ(portal::log_label("/d/1/events?after=5"), "/d/1/events");
  EXPECT_EQ(portal::log_label("/api/1/hellodoe"), "other");
  EXPECT_EQ(portal::log_label("/DOE^JANE"), "other");
  EXPECT_EQ(portal::log_label(""), "other");
}

TEST(ParseNumber, TakesDigitsOnly) {
  EXPECT_EQ(portal::parse_number("0"), 0u);
  EXPECT_EQ(portal::parse_number("18446744073709551615"), 18446744073709551615u);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1a", "0x1", "18446744073709551616", "1.0"})
    EXPECT_FALSE(portal::parse_number(bad)) << bad;
}

void expect_part(std::string_view header, std::uint64_t size, std::uint64_t first,
                 std::uint64_t length) {
  const auto answer = portal::parse_range(header, size);
  EXPECT_EQ(answer.kind, RangeKind::Part) << header;
  EXPECT_EQ(answer.range.first, first) << header;
  EXPECT_EQ(answer.range.length, length) << header;
}

TEST(ParseRange, GivesOneRangeOfRFC9110) {
  expect_part("bytes=0-0", 10, 0, 1);
  expect_part("bytes=3-", 10, 3, 7);
  expect_part("bytes=3-99999999999999", 10, 3, 7);
  expect_part("bytes=-4", 10, 6, 4);
  expect_part("bytes=-40", 10, 0, 10);
}

TEST(ParseRange, KnowsWhatCannotBeSatisfied) {
  for (const char* header : {"bytes=10-", "bytes=10-12", "bytes=-0"})
    EXPECT_EQ(portal::parse_range(header, 10).kind, RangeKind::Unsatisfiable) << header;
}

TEST(ParseRange, AnswersTheWholeToWhatItDoesNotUnderstand) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=1-2,4-5", "Bytes=0-1", "items=0-1",
        "bytes=a-", "bytes=--5", "bytes=99999999999999999999-"})
    EXPECT_EQ(portal::parse_range(header, 10).kind, RangeKind::Whole) << header;
}

TEST(ParseBearer, WantsExactly32BytesOfBase64url) {
  const std::string good(43, 'A');
  EXPECT_TRUE(portal::parse_bearer("Bearer " + good));
  for (const std::string& bad : {good, "bearer " + good, "Bearer  " + good, "Bearer " + good + "A",
                                 "Bearer " + good.substr(1), "Bearer " + good + "=",
                                 std::string("Basic eDp5"), std::string()})
    EXPECT_FALSE(portal::parse_bearer(bad)) << bad;
}

TEST(IdBetween, WantsExactlyTheId) {
  const std::string id = "AAECAwQFBgcICQoLDA0ODw";
  EXPECT_TRUE(portal::id_between("/x/" + id + "/sums", "/x/", "/sums"));
  EXPECT_FALSE(portal::id_between("/x/" + id, "/x/", "/sums"));
  EXPECT_FALSE(portal::id_between("/x/" + id + "/", "/x/", ""));
  EXPECT_FALSE(portal::id_between("/x/..%2f..%2f..%2f..%2fetcpa", "/x/", ""));
}

TEST(CleanAgent, IsPrintableAndShort) {
  EXPECT_EQ(portal::clean_agent("curl/7\r\nX: y\x7f\xff"), "curl/7??X: y??");
  EXPECT_EQ(portal::clean_agent(std::string(999, 'a')).size(), 200u);
}

}  // namespace
