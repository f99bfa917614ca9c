// What a hijacked child might answer.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "messages.h"

namespace {

using messages::back;
using messages::some_facts;
using Json = nlohmann::json;

void expect_refused(const std::string& text) {
  jobs::Packet packet;
  packet.text = text;
  const auto parsed = jobs::parse_from_child(packet);
  ASSERT_FALSE(parsed.ok()) << text.substr(0, 200);
  EXPECT_EQ(parsed.fault().remedy, base::Remedy::Reject);
  // The text of the JSON library may quote the input, which may be patient data.
  EXPECT_THAT(parsed.fault().what, testing::AnyOf("a message that is not of the agreed form",
                                                  "a message of more values than a job needs"));
}

TEST(HostileReply, ThatIsNoJSONOrOfNoKindIsRefused) {
  for (const char* text : {"", "null", "[]", "{", "{}", "\"fetch\"", "{\"kind\":7}",
                           "{\"kind\":\"prepare\"}", "{\"kind\":\"\"}", "\xFF\xFE"})
    expect_refused(text);
  expect_refused(std::string(200'000, '['));
  expect_refused("{\"kind\":\"examined\",\"examined\":" + std::string(100'000, '[') +
                 std::string(100'000, ']') + "}");
}

TEST(HostileReply, OfMoreValuesThanAJobNeedsIsRefusedBeforeItIsBuilt) {
  expect_refused(R"({"kind":"digested","data_sets":[)" + std::string(5'000'000, ',') + "]}");
  std::string flood = R"({"kind":"digested","data_sets":[0)";
  for (int i = 0; i < 4'100'000; ++i) flood += ",0";
  expect_refused(flood + "]}");
  expect_refused(std::string(1'000'000, '['));
  expect_refused(R"({"kind":"digested","data_sets":["a\\",)" + std::string(20, '[') + "]}");
  // Brackets inside text are text.
  jobs::DigestReply reply{{std::string(1000, '[') + R"(\)"}};
  EXPECT_EQ(back<jobs::DigestReply>(reply).data_sets[0].size(), 1001u);
  jobs::SendReply said;
  said.text = R"(he said "[[[[[[[[[[[[[[[[[[[[[[[[\")";
  EXPECT_EQ(back<jobs::SendReply>(said).text, said.text);
}

TEST(HostileReply, WithoutOneOfItsMembersIsRefused) {
  jobs::ExamineReply examined;
  examined.examined.push_back({11, true, "", base::Sensitive(some_facts())});
  jobs::PrepareReply prepared;
  prepared.setbacks = {{7, "x"}};
  for (const auto& packet :
       {jobs::write(examined), jobs::write(prepared), jobs::write(jobs::VerifyReply{}),
        jobs::write(jobs::SendReply{}), jobs::write(jobs::Fetch{}), jobs::write(jobs::Progress{}),
        jobs::write(jobs::DigestReply{})}) {
    const auto whole = Json::parse(packet.text);
    for (const auto& [name, value] : whole.items()) {
      auto cut = whole;
      cut.erase(name);
      expect_refused(cut.dump());
      auto other = whole;
      other[name] = value.is_string() ? Json(5) : Json("5");
      expect_refused(other.dump());
    }
  }
}

TEST(HostileReply, WithFactsOfAnotherFormIsRefused) {
  jobs::ExamineReply reply;
  reply.examined.push_back({11, true, "", base::Sensitive(some_facts())});
  const auto whole = Json::parse(jobs::write(reply).text);
  for (const auto& [name, value] : whole["examined"][0]["facts"].items()) {
    auto cut = whole;
    cut["examined"][0]["facts"].erase(name);
    expect_refused(cut.dump());
    auto other = whole;
    other["examined"][0]["facts"][name] = value.is_string() ? Json(5) : Json("5");
    expect_refused(other.dump());
  }
  for (const char* text : {"", "9x", "/x", "x"}) {
    auto other = whole;
    other["examined"][0]["identifiers"] = Json::array({text});
    expect_refused(other.dump());
  }
}

TEST(HostileReply, WithDigestsOfAnotherLengthIsRefused) {
  const auto whole = Json::parse(jobs::write(jobs::VerifyReply{}).text);
  for (const char* member : {"sums_sha256", "sha256"})
    for (const std::string& value :
         {std::string(), std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'x')}) {
      auto other = whole;
      other["package"][member] = value;
      expect_refused(other.dump());
    }
  auto other = whole;
  other["index"]["sums"] = "abc";
  expect_refused(other.dump());
}

TEST(HostileReply, WithARemedyThatThereIsNotOrTooMuchTextIsRefused) {
  const auto whole = Json::parse(jobs::write(jobs::SendReply{}).text);
  for (const Json& remedy : {Json(-1), Json(3), Json("1")}) {
    auto other = whole;
    other["remedy"] = remedy;
    expect_refused(other.dump());
  }
  auto text = whole;
  text["text"] = std::string(501, 'x');
  expect_refused(text.dump());
  auto body = whole;
  body["body"] = std::string((1u << 20) + 1, 'x');
  expect_refused(body.dump());
}

}  // namespace
