// Every message of the share: written, read back, and refused when anything about it is wrong.
#include "share/messages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "share/index.h"

using nlohmann::json;

namespace {

template <std::size_t N>
std::array<std::uint8_t, N> filled(int value) {
  std::array<std::uint8_t, N> bytes;
  bytes.fill(static_cast<std::uint8_t>(value));
  return bytes;
}

share::Grant grant() {
  share::Grant grant;
  grant.share = filled<16>(1);
  grant.scope = share::Scope::Take;
  grant.arm = 2;
  grant.issue = 3;
  grant.study_revision = 4;
  grant.issued = 1'700'000'000;
  grant.not_after = grant.fresh_until = 1'700'600'000;
  grant.sender = "St. Bj\xc3\xb6rn \"North\"";
  for (int i = 1; i <= 2; ++i) {
    share::GrantedBlob blob;
    blob.id = filled<16>(10 + i);
    blob.role = static_cast<share::Role>(i);
    blob.key = base::SecretBytes(base::Bytes(32, static_cast<std::uint8_t>(i)));
    blob.length = 1000;
    blob.sealed_length = 4152;
    blob.sums = filled<32>(20 + i);
    blob.sha256 = filled<32>(30 + i);
    grant.blobs.push_back(std::move(blob));
  }
  return grant;
}

share::Record record() {
  share::Record record;
  record.link_proof_sha256 = filled<32>(1);
  record.code_proof_sha256 = filled<32>(2);
  record.cover = base::Bytes(100, 3);
  record.take_grant = base::Bytes(500, 4);
  record.take_blobs = {filled<16>(5), filled<16>(6)};
  record.not_after = 1'700'600'000;
  record.purge_after = 1'700'700'000;
  return record;
}

share::Index index() {
  share::Index index;
  share::IndexedSeries series{"1.2.3", "CT", "Thorax\t1mm", "2", {}};
  series.instances.push_back({"1.2.3.4",
                              "1.2.840.10008.5.1.4.1.1.2",
                              "1.2.840.10008.1.2.1",
                              {"DICOM/IM000001", 100, 50, 90, 8, filled<32>(1)},
                              1});
  index.series.push_back(series);
  index.others.push_back({"DICOMDIR", 200, 10, 10, 0, filled<32>(2)});
  return index;
}

std::string changed(const std::string& text, const std::string& pointer, const json& value) {
  auto parsed = json::parse(text);
  parsed[json::json_pointer(pointer)] = value;
  return parsed.dump();
}

std::string without(const std::string& text, const std::string& name) {
  auto parsed = json::parse(text);
  parsed.erase(name);
  return parsed.dump();
}

// A parser must refuse the text without each of its members.
template <typename Parse>
void refuses_each_missing_member(const std::string& text, Parse parse) {
  ASSERT_TRUE(parse(text).ok()) << text;
  const auto whole = json::parse(text);
  for (const auto& [name, value] : whole.items())
    EXPECT_FALSE(parse(without(text, name)).ok()) << name;
}

}  // namespace

TEST(Grant, ComesBackAsItWasWritten) {
  const auto text = share::write_grant(grant());
  ASSERT_TRUE(text.ok()) << text.fault().what;
  const auto read = share::parse_grant(text.value());
  ASSERT_TRUE(read.ok()) << read.fault().what;
  EXPECT_EQ(share::write_grant(read.value()).value(), text.value());
  EXPECT_EQ(read.value().sender, grant().sender);
  EXPECT_EQ(read.value().blobs[1].sums, filled<32>(22));
  EXPECT_EQ(json::parse(text.value())["blobs"][0]["key"], base::to_base64url(base::Bytes(32, 1)));
  refuses_each_missing_member(text.value(), share::parse_grant);
}

TEST(Grant, WithARoleThatTheScopeForbidsIsRefusedByWriterAndReader) {
  auto wrong = grant();
  const auto text = share::write_grant(wrong).value();
  wrong.scope = share::Scope::View;
  EXPECT_FALSE(share::write_grant(wrong).ok());
  EXPECT_FALSE(share::parse_grant(changed(text, "/scope", "view")).ok());
  EXPECT_FALSE(share::parse_grant(changed(text, "/blobs/0/role", 3)).ok());
}

TEST(Grant, ThatContradictsItselfIsRefused) {
  const auto text = share::write_grant(grant()).value();
  EXPECT_FALSE(share::parse_grant(changed(text, "/fresh_until", 1'700'600'001)).ok());
  EXPECT_FALSE(share::parse_grant(changed(text, "/blobs/0/sealed_length", 1055)).ok());
  EXPECT_FALSE(share::parse_grant(changed(text, "/blobs/0/length", 0)).ok());
  EXPECT_FALSE(
      share::parse_grant(changed(text, "/blobs/1/id", share::id_text(filled<16>(11)))).ok());
  EXPECT_FALSE(share::parse_grant(changed(text, "/blobs", json::array())).ok());
  EXPECT_FALSE(share::parse_grant(changed(text, "/arm", 0)).ok());
  EXPECT_FALSE(share::parse_grant(changed(text, "/v", 2)).ok());
}

TEST(Cover, CarriesFourTextsAndNoControlCharacters) {
  const share::Cover cover{"St. Example", "+1 555 0100", "operator", "en"};
  const auto text = share::write_cover(cover).value();
  EXPECT_EQ(share::parse_cover(text).value().code_by, "operator");
  refuses_each_missing_member(text, share::parse_cover);
  EXPECT_FALSE(share::write_cover({"a\x1b[2J", "", "", ""}).ok());
  EXPECT_FALSE(share::parse_cover(changed(text, "/sender", "a\x1b[2J")).ok());
  EXPECT_FALSE(share::parse_cover(changed(text, "/sender",
                                          "a\xc2\x9b"
                                          "2J"))
                   .ok());
  EXPECT_FALSE(share::parse_cover(changed(text, "/sender", std::string(401, 'x'))).ok());
}

TEST(Record, ComesBackAsItWasWritten) {
  const auto text = share::write_record(record());
  ASSERT_TRUE(text.ok()) << text.fault().what;
  const auto read = share::parse_record(text.value());
  ASSERT_TRUE(read.ok()) << read.fault().what;
  EXPECT_EQ(share::write_record(read.value()).value(), text.value());
  EXPECT_EQ(read.value().take_blobs, record().take_blobs);
  EXPECT_FALSE(read.value().view_grant);
  refuses_each_missing_member(text.value(), share::parse_record);
}

TEST(Record, WithAMemberThatThePortalDoesNotKnowIsRefused) {
  const auto text = share::write_record(record()).value();
  EXPECT_FALSE(share::parse_record(changed(text, "/only_on_mondays", true)).ok());
  EXPECT_FALSE(share::parse_record(changed(text, "/grants/print", "AA")).ok());
}

TEST(Record, ThatContradictsItselfIsRefused) {
  const auto text = share::write_record(record()).value();
  EXPECT_FALSE(share::parse_record(changed(text, "/purge_after", 1)).ok());
  EXPECT_FALSE(share::parse_record(changed(text, "/blobs", json::object())).ok());
  EXPECT_FALSE(share::parse_record(changed(text, "/grants", json::object())).ok());
  EXPECT_FALSE(share::parse_record(changed(text, "/tries_max", 0)).ok());
  EXPECT_FALSE(share::parse_record(changed(text, "/cover", std::string(6000, 'A'))).ok());
}

TEST(Requests, ComeBackAndAreStrict) {
  const auto hello = share::write_hello_request({filled<16>(1), filled<32>(2), true});
  EXPECT_EQ(share::parse_hello_request(hello).value().link_proof, filled<32>(2));
  EXPECT_TRUE(share::parse_hello_request(hello).value().repaired);
  refuses_each_missing_member(hello, share::parse_hello_request);
  EXPECT_FALSE(share::parse_hello_request(changed(hello, "/more", 1)).ok());

  const auto open = share::write_open_request(
      {filled<16>(1), filled<32>(2), filled<32>(3), {share::Scope::Take, share::Scope::View}});
  EXPECT_EQ(share::parse_open_request(open).value().scopes.size(), 2U);
  refuses_each_missing_member(open, share::parse_open_request);
  for (const json& scopes : {json::array(), json{"take", "take"}, json{"print"}, json{1}})
    EXPECT_FALSE(share::parse_open_request(changed(open, "/scopes", scopes)).ok()) << scopes;

  const auto renew = share::write_renew_request(filled<32>(9));
  EXPECT_EQ(share::parse_renew_request(renew).value(), filled<32>(9));
}

TEST(Requests, LargerThanTheirLimitAreRefused) {
  auto hello = share::write_hello_request({filled<16>(1), filled<32>(2), false});
  EXPECT_TRUE(share::parse_hello_request(hello + std::string(100, ' ')).ok());
  EXPECT_FALSE(share::parse_hello_request(hello + std::string(share::kMaxRequest, ' ')).ok());
}

TEST(Answers, ComeBackAndMayCarryMoreThanWeKnow) {
  share::HelloAnswer hello;
  hello.state = share::State::Locked;
  hello.cover = base::Bytes(80, 1);
  hello.tries_left = 0;
  hello.now = 1'700'000'000;
  const auto text = share::write_hello_answer(hello);
  EXPECT_EQ(share::parse_hello_answer(text).value().state, share::State::Locked);
  EXPECT_EQ(share::parse_hello_answer(text).value().tries_left, 0U);
  EXPECT_TRUE(share::parse_hello_answer(changed(text, "/later", 1)).ok());
  EXPECT_FALSE(share::parse_hello_answer(changed(text, "/state", "staged")).ok());

  share::OpenAnswer open;
  open.ticket = filled<32>(1);
  open.take_grant = base::Bytes(100, 2);
  const auto opened = share::write_open_answer(open);
  EXPECT_EQ(share::parse_open_answer(opened).value().take_grant, open.take_grant);
  EXPECT_FALSE(share::parse_open_answer(opened).value().view_grant);
  refuses_each_missing_member(opened, share::parse_open_answer);

  const auto refusal = share::write_refusal({3, share::State::Suspended, 30});
  EXPECT_EQ(share::parse_refusal(refusal).value().tries_left, 3U);
  EXPECT_EQ(share::parse_refusal(refusal).value().state, share::State::Suspended);
  EXPECT_EQ(share::parse_refusal(refusal).value().retry_after, 30);
  EXPECT_TRUE(share::parse_refusal("{}").ok());

  const auto renewed = share::write_renew_answer({filled<32>(4), 77});
  EXPECT_EQ(share::parse_renew_answer(renewed).value().ticket_ends, 77);
}

TEST(Receipt, PayloadTravelsByteForByte) {
  share::Receipt receipt{filled<16>(1), 1, 1, filled<16>(2), "complete", filled<16>(3), 12345, 99};
  const auto payload = share::write_receipt(receipt);
  const auto request = share::write_receipt_request({filled<32>(1), payload, filled<32>(2)});
  EXPECT_EQ(share::parse_receipt_request(request).value().payload, payload);
  EXPECT_EQ(share::parse_receipt(payload).value().bytes, 12345U);
  EXPECT_FALSE(share::parse_receipt(changed(payload, "/kind", "guessed")).ok());
  EXPECT_EQ(base::as_text(share::receipt_message("x")),
            std::string_view("dcmcourier/1 receipt\0x", 22));
}

TEST(Events, ComeBackInTheirOrder) {
  share::Event opened;
  opened.number = 1;
  opened.kind = "opened";
  opened.share = filled<16>(1);
  opened.scopes = {share::Scope::Take};
  opened.address = "2001:db8::1";
  opened.agent = "dcmcourier-open/0.1.0";
  share::Event receipt;
  receipt.number = 2;
  receipt.kind = "receipt";
  receipt.payload = "{}";
  receipt.mac = base::Bytes(32, 1);
  const auto text = share::write_events({{opened, receipt}, true, 12});
  const auto read = share::parse_events(text);
  ASSERT_TRUE(read.ok()) << read.fault().what;
  EXPECT_EQ(read.value().events[0].scopes, opened.scopes);
  EXPECT_EQ(read.value().events[0].address, opened.address);
  EXPECT_EQ(read.value().events[0].agent, opened.agent);
  EXPECT_EQ(read.value().events[1].payload, "{}");
  EXPECT_TRUE(read.value().more);
  EXPECT_EQ(share::write_events(read.value()), text);
  EXPECT_FALSE(share::parse_events(changed(text, "/events/1/number", 1)).ok());
  EXPECT_FALSE(share::parse_events(changed(text, "/events/0/kind", "danced")).ok());
}

TEST(Commands, AndTheirAnswersComeBack) {
  share::RecordAnswer answer{share::State::Staged, 1, 2, 3, 4, {}, {filled<16>(7)}};
  const auto text = share::write_record_answer(answer);
  EXPECT_EQ(share::parse_record_answer(text).value().missing, answer.missing);
  EXPECT_EQ(share::parse_time(share::write_time(1'700'000'000)).value(), 1'700'000'000);
  const auto finish = share::write_finish({filled<32>(1), filled<32>(2)});
  EXPECT_EQ(share::parse_finish(finish).value().sums, filled<32>(1));
  EXPECT_EQ(share::parse_finish(finish).value().sha256, filled<32>(2));
  EXPECT_FALSE(share::parse_finish(without(finish, "sha256")).value().sha256);
  EXPECT_FALSE(share::parse_finish(without(finish, "sums")).ok());
  for (int i = 0; i <= static_cast<int>(share::State::Absent); ++i)
    EXPECT_EQ(share::parse_state(share::word(static_cast<share::State>(i))),
              static_cast<share::State>(i));
}

TEST(Index, ComesBackAndItsTextsAreMadePresentable) {
  const auto text = share::write_index(index());
  ASSERT_TRUE(text.ok()) << text.fault().what;
  const auto read = share::parse_index(text.value());
  ASSERT_TRUE(read.ok()) << read.fault().what;
  EXPECT_EQ(read.value().series[0].description, "Thorax 1mm");
  EXPECT_EQ(read.value().series[0].instances[0].entry.offset, 100U);
  EXPECT_EQ(read.value().others[0].file, "DICOMDIR");
  refuses_each_missing_member(text.value(), share::parse_index);
}

TEST(Index, WithFilesThatCouldLeaveTheirFolderIsRefused) {
  for (const char* name : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\\b", "C:x",
                           "a\nb", "DICOMDIR"}) {
    auto wrong = index();
    wrong.series[0].instances[0].entry.file = name;
    EXPECT_FALSE(share::write_index(wrong).ok()) << name;
  }
}

TEST(Index, WithEntriesThatOverlapIsRefused) {
  auto wrong = index();
  wrong.others[0].offset = 149;
  EXPECT_FALSE(share::write_index(wrong).ok());
  wrong.others[0].offset = 150;
  EXPECT_TRUE(share::write_index(wrong).ok());
}

TEST(StrictJson, RefusesWhatALooseReaderWouldAccept) {
  const auto good = share::write_time(5);
  EXPECT_TRUE(share::parse_time(good).ok());
  for (const char* text :
       {"", "null", "[]", "5", "{", "{\"now\":5}x", "{\"now\":5,\"now\":5}", "{\"now\":-5}",
        "{\"now\":5.0}", "{\"now\":5e0}", "{\"now\":\"5\"}", "{\"now\":9007199254740992}",
        "{\"now\":5,}", "{\"a\":[[[[[[[[[]]]]]]]]],\"now\":5}", "{\"a\":\"\xff\",\"now\":5}",
        "{\"now\":null}", "{'now':5}", "{\"now\":5 /* */}"})
    EXPECT_FALSE(share::parse_time(text).ok()) << text;
}

TEST(StrictJson, RefusesBytesThatAreNoBase64url) {
  const auto text = share::write_hello_request({filled<16>(1), filled<32>(2), false});
  for (const char* id :
       {"AQEBAQEBAQEBAQEBAQEBAQ==", "AQEBAQEBAQEBAQEBAQEBAR", "AQEB", "AQEBAQEBAQEB+QEBAQEBAQ"})
    EXPECT_FALSE(share::parse_hello_request(changed(text, "/share", id)).ok()) << id;
}

TEST(StrictJson, FaultsNameTheMemberAndNeverItsValue) {
  const auto text = share::write_hello_request({filled<16>(1), filled<32>(2), false});
  const auto fault = share::parse_hello_request(changed(text, "/link_proof", "SECRET")).fault();
  EXPECT_NE(fault.what.find("link_proof"), std::string::npos);
  EXPECT_EQ(fault.what.find("SECRET"), std::string::npos);
}
