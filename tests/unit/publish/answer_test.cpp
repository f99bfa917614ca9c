#include "publish/answer.h"

#include <gtest/gtest.h>

#include "publish/https.h"
#include "publish/publish.h"

namespace {

using namespace publish;

class OneAnswer : public Exchange {
 public:
  explicit OneAnswer(Response response) : response_(std::move(response)) {}
  base::Result<Response> perform(const Request& request) override {
    asked = request;
    return response_;
  }
  Request asked;

 private:
  Response response_;
};

const jobs::PortalJob kRevoke{"POST", "/d/1/shares/AAECAwQFBgcICQoLDA0ODw/revoke", "{}"};

TEST(Pin, becomes_curls) {
  // openssl: printf 'abc' | openssl dgst -sha256 -binary | base64
  EXPECT_EQ(curl_pin("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST(Pin, is_refused_when_it_is_none) {
  for (const char* pin :
       {"", "sha256:", "sha256:ba78", "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"})
    EXPECT_EQ(curl_pin(pin), std::nullopt) << pin;
}

TEST(Https, is_not_made_from_a_wrong_pin_authority_or_key) {
  const std::string pin = "sha256:" + std::string(64, 'a');
  const auto made = [](std::string authority, std::string with, std::string key) {
    return Https::create({.authority = std::move(authority),
                          .pin = std::move(with),
                          .key = base::SecretBytes(base::as_bytes(key))})
        .ok();
  };
  EXPECT_TRUE(made("share.example.org:8444", pin, "key"));
  EXPECT_FALSE(made("share.example.org", pin, "key"));
  EXPECT_FALSE(made("user@share.example.org:8444", pin, "key"));
  EXPECT_FALSE(made("share.example.org:8444/x", pin, "key"));
  EXPECT_FALSE(made("share.example.org:8444", "sha256:aa", "key"));
  EXPECT_FALSE(made("share.example.org:8444", pin, ""));
}

TEST(Https, asks_for_nothing_outside_the_dispatch_listeners_paths) {
  auto https = Https::create({.authority = "127.0.0.1:1",
                              .pin = "sha256:" + std::string(64, 'a'),
                              .key = base::SecretBytes(base::as_bytes("key"))});
  ASSERT_TRUE(https.ok());
  for (const char* path :
       {"", "/", "/api/1/open", "/d/1/../x", "/d/1/a b", "/d/1/a\r\nX: y", "/d/1/a#b"}) {
    const auto response = https.value()->perform({.method = "GET", .path = path});
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.fault().remedy, base::Remedy::Reject) << path;
  }
  const auto response =
      https.value()->perform({.method = "GET", .path = "/d/1/time", .headers = {"A: b\r\nC: d"}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.fault().remedy, base::Remedy::Reject);
}

TEST(Remedy, follows_the_status) {
  for (const int status : {408, 423, 425, 429, 500, 502, 503, 507})
    EXPECT_EQ(remedy_of(status), base::Remedy::RetryLater) << status;
  for (const int status : {301, 400, 401, 403, 404, 409, 412, 413})
    EXPECT_EQ(remedy_of(status), base::Remedy::AskAdministrator) << status;
}

TEST(Json, is_written_again_or_refused) {
  EXPECT_EQ(checked_json(" {\"a\" : [1, \"]\\\"{\"] } "), "{\"a\":[1,\"]\\\"{\"]}");
  for (const char* text : {"", "{", "{\"a\":1} x", "\"\xFF\"", "<html>", "NaN", "// a\n1"})
    EXPECT_EQ(checked_json(text), std::nullopt) << text;
}

TEST(Json, is_refused_when_it_is_nested_too_deep) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(checked_json(nested(32)));
  EXPECT_FALSE(checked_json(nested(33)));
  EXPECT_FALSE(checked_json(nested(400'000)));
}

TEST(Command, returns_the_portals_JSON) {
  OneAnswer portal({200, "{ \"erased\": [] }", "", ""});
  const auto reply = command(portal, kRevoke);
  EXPECT_TRUE(reply.done);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "{\"erased\":[]}");
  EXPECT_EQ(portal.asked.method, "POST");
  EXPECT_EQ(portal.asked.body, "{}");
  EXPECT_GT(portal.asked.total_seconds, 0u);
}

TEST(Command, may_be_answered_with_nothing) {
  OneAnswer portal({204, "", "", ""});
  const auto reply = command(portal, kRevoke);
  EXPECT_TRUE(reply.done);
  EXPECT_EQ(reply.body, "");
}

TEST(Command, is_not_done_when_the_answer_is_no_JSON) {
  OneAnswer portal({200, "<html>welcome</html>", "", ""});
  const auto reply = command(portal, kRevoke);
  EXPECT_FALSE(reply.done);
  EXPECT_EQ(reply.remedy, base::Remedy::AskAdministrator);
}

TEST(Command, tells_why_it_was_refused_in_printable_characters) {
  OneAnswer portal({409, "{\"error\":\"lower issue \\u00e4\\u0007\"}", "", ""});
  const auto reply = command(portal, kRevoke);
  EXPECT_FALSE(reply.done);
  EXPECT_EQ(reply.remedy, base::Remedy::AskAdministrator);
  EXPECT_EQ(reply.status, 409);
  EXPECT_NE(reply.text.find("lower issue"), std::string::npos);
  for (const char c : reply.text) EXPECT_TRUE(c >= 0x20 && c < 0x7F);
}

TEST(Command, of_another_method_or_size_is_rejected) {
  OneAnswer portal({200, "", "", ""});
  EXPECT_EQ(command(portal, {"TRACE", kRevoke.path, ""}).remedy, base::Remedy::Reject);
  EXPECT_EQ(command(portal, {"PUT", kRevoke.path, std::string(300'000, ' ')}).remedy,
            base::Remedy::Reject);
  EXPECT_EQ(portal.asked.method, "");
}

}  // namespace
