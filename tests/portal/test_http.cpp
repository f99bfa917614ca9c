#include <gtest/gtest.h>

#include "portal/config.h"
#include "portal/http.h"
#include "portal/upload_sink.h"
#include "portal/wire.h"

namespace {

TEST(SetHeader, RefusesWhatCouldBeginAnotherLine) {
  for (const char* bad : {"a\r\nSet-Cookie: x", "a\nb", "a\rb", "\x01", "caf\xc3\xa9", "\x7f"}) {
    auto response = portal::Response::json(200, "secret");
    response.set_header("X-Kept", "good").set_header("X-Bad", bad);
    EXPECT_EQ(response.status(), 500u);
    EXPECT_TRUE(response.headers().empty());
    EXPECT_TRUE(response.body.empty());
  }
  portal::Response named(200);
  named.set_header("X: y\r\nZ", "a");
  EXPECT_EQ(named.status(), 500u);
  portal::Response good(204);
  good.set_header("Vary", "Origin");
  EXPECT_EQ(good.status(), 204u);
  EXPECT_EQ(good.headers().size(), 1u);
}

TEST(UploadMetadata, FindsTheIdAmongItsPairs) {
  const std::string id = "QUFFQ0F3UUZCZ2NJQ1FvTERBME9Edw==";  // AAECAwQFBgcICQoLDA0ODw
  const share::Id wanted{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  EXPECT_EQ(portal::parse_upload_metadata("id " + id), wanted);
  EXPECT_EQ(portal::parse_upload_metadata("name eA==,id " + id + ",flag"), wanted);
  EXPECT_EQ(portal::parse_upload_metadata("name eA==, id " + id), wanted);
  for (const char* bad : {"", "id", "id ", "id eA==", "name eA==", "id ====", ",,,", "id !!!!"})
    EXPECT_FALSE(portal::parse_upload_metadata(bad)) << bad;
}

TEST(UploadChecksum, IsSha256OrNone) {
  std::optional<portal::Digest> digest;
  EXPECT_TRUE(portal::parse_upload_checksum("", digest));
  EXPECT_FALSE(digest);
  EXPECT_FALSE(portal::parse_upload_checksum("sha1 qUqP5cyxm6YcTAhz05Hph5gvu9M=", digest));
  EXPECT_FALSE(portal::parse_upload_checksum("sha256 AAAA", digest));
  EXPECT_TRUE(portal::parse_upload_checksum("sha256 " + std::string(43, '/') + "=", digest) ==
              false)
      << "spare bits that are not zero";
  EXPECT_TRUE(portal::parse_upload_checksum("sha256 " + std::string(42, '/') + "8=", digest));
  EXPECT_EQ((*digest)[0], 0xFF);
}

TEST(FinishRequest, MayLeaveTheDigestOfTheWholeOut) {
  const std::string digest = '"' + std::string(43, 'A') + '"';
  EXPECT_TRUE(portal::parse_finish_request("{\"sums\":" + digest + "}").ok());
  EXPECT_TRUE(portal::parse_finish_request("{\"sha256\":null,\"sums\":" + digest + "}").ok());
  const auto both =
      portal::parse_finish_request("{\"sha256\":" + digest + ",\"sums\":" + digest + "}");
  ASSERT_TRUE(both.ok());
  EXPECT_TRUE(both.value().sha256.has_value());
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"sums\":1}"),
        "{\"sha256\":" + digest + "}", "{\"sums\":" + digest + ",\"more\":1}",
        "{\"sha256\":\"x\",\"sums\":" + digest + "}"})
    EXPECT_FALSE(portal::parse_finish_request(bad).ok()) << bad;
}

TEST(EventList, IsUnderstoodByTheShareRoomAndStaysUnderItsLimit) {
  portal::StoredEvent event;
  event.at = 1;
  event.kind = "receipt";
  event.share = share::Id{};
  event.scopes = {share::Scope::Take};
  event.payload = std::string(share::kMaxReceiptPayload, 'x');
  event.mac = base::Bytes(32);
  event.visitor = {"2001:db8::1", std::string(200, 'a')};
  std::vector<portal::StoredEvent> events;
  for (std::uint64_t i = 1; i <= share::kMaxEvents; ++i) {
    event.number = i;
    events.push_back(event);
  }
  const auto text = portal::write_event_list(events, false, 7);
  EXPECT_LT(text.size(), share::kMaxReply);
  const auto parsed = share::parse_events(text);
  ASSERT_TRUE(parsed.ok()) << parsed.fault().what;
  EXPECT_TRUE(parsed.value().more) << "what did not fit comes next time";
  EXPECT_EQ(parsed.value().events.front().payload, event.payload);
  EXPECT_EQ(parsed.value().now, 7);
}

TEST(Clock, IsUnderstoodByTheShareRoom) {
  for (const bool jumped : {false, true}) {
    const auto parsed = share::parse_time(portal::write_clock(1234, 99999, jumped));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value(), 1234);
  }
  EXPECT_EQ(portal::parse_confirm("{\"confirm\":5}").value(), 5);
  for (const char* bad :
       {"{\"confirm\":-5}", "{\"confirm\":\"5\"}", "{}", "5", "{\"confirm\":1,\"x\":2}"})
    EXPECT_FALSE(portal::parse_confirm(bad).ok()) << bad;
}

TEST(ListenAddress, IsAnAddressNeverAName) {
  portal::ListenAddress address;
  EXPECT_TRUE(portal::parse_listen("127.0.0.1:0", address));
  EXPECT_TRUE(portal::is_loopback(address.host));
  EXPECT_TRUE(portal::parse_listen("[::1]:443", address));
  EXPECT_TRUE(portal::is_loopback(address.host));
  EXPECT_TRUE(portal::parse_listen(":8444", address));
  EXPECT_EQ(address.host, "::");
  EXPECT_EQ(address.port, 8444);
  EXPECT_FALSE(portal::is_loopback(address.host));
  for (const char* bad : {"", "443", "localhost:443", "::1:443", "[::1]", "[::1]:", "1.2.3.4:65536",
                          "1.2.3.4:-1", "[]:1", "1.2.3:1"})
    EXPECT_FALSE(portal::parse_listen(bad, address)) << bad;
}

}  // namespace
