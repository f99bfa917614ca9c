#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "receive/command.h"
#include "receive/pdu.h"

namespace receive {
namespace {

base::Bytes item(std::uint8_t type, base::ByteView body) {
  base::Bytes bytes{type, 0, static_cast<std::uint8_t>(body.size() >> 8),
                    static_cast<std::uint8_t>(body.size())};
  base::append(bytes, body);
  return bytes;
}

base::Bytes context(std::uint8_t id, std::string_view abstract, std::string_view transfer) {
  base::Bytes body{id, 0, 0, 0};
  base::append(body, item(0x30, base::as_bytes(abstract)));
  base::append(body, item(0x40, base::as_bytes(transfer)));
  return item(0x20, body);
}

base::Bytes request(const std::vector<base::Bytes>& items) {
  base::Bytes body{0, 1, 0, 0};
  base::append(body, base::as_bytes("COURIER         "));
  base::append(body, base::as_bytes("  CT01          "));
  body.resize(68);
  base::append(body, item(0x10, base::as_bytes("1.2.840.10008.3.1.1.1")));
  for (const auto& each : items) base::append(body, each);
  return body;
}

TEST(AssociateRequest, IsReadWithPaddingTakenOff) {
  const base::Bytes user = item(0x50, item(0x51, base::Bytes{0, 0, 0x40, 0}));
  const auto read = parse_associate_request(
      request({context(1, std::string_view("1.2.3\0", 6), "1.2.4"), item(0x77, {}), user}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().called_ae_title, "COURIER");
  EXPECT_EQ(read.value().calling_ae_title, "CT01");
  EXPECT_EQ(read.value().protocol_version, 1);
  EXPECT_EQ(read.value().max_pdu_length, 0x4000u);
  ASSERT_EQ(read.value().contexts.size(), 1u);
  EXPECT_EQ(read.value().contexts[0].abstract_syntax, "1.2.3");
  EXPECT_THAT(read.value().contexts[0].transfer_syntaxes, ::testing::ElementsAre("1.2.4"));
}

TEST(AssociateRequest, IsRefusedWhereItContradictsItself) {
  EXPECT_FALSE(parse_associate_request(base::Bytes(67)).ok());
  EXPECT_FALSE(parse_associate_request(request({context(2, "1.2", "1.3")})).ok());
  EXPECT_FALSE(
      parse_associate_request(request({context(1, "1.2", "1.3"), context(1, "1.2", "1.3")})).ok());
  EXPECT_FALSE(parse_associate_request(request({base::Bytes{0x20, 0, 0, 9, 1}})).ok());
  EXPECT_FALSE(parse_associate_request(request({base::Bytes{0x20, 0}})).ok());
  EXPECT_FALSE(parse_associate_request(request({item(0x50, item(0x51, base::Bytes(2)))})).ok());
  const base::Bytes twice = [] {
    base::Bytes body{1, 0, 0, 0};
    for (int i = 0; i < 2; ++i) base::append(body, item(0x30, base::as_bytes("1.2")));
    return item(0x20, body);
  }();
  EXPECT_FALSE(parse_associate_request(request({twice})).ok());
}

// Run under the sanitizers this is the proof that no length leads past the end.
TEST(AssociateRequest, SurvivesEveryCutAndManyChangedBytes) {
  const base::Bytes whole = request({context(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2"),
                                     item(0x50, item(0x51, base::Bytes{0, 0, 0x40, 0}))});
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const base::Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    (void)parse_associate_request(cut).ok();
  }
  std::mt19937 dice(1);
  for (int round = 0; round < 20000; ++round) {
    base::Bytes changed = whole;
    for (int i = 0; i < 3; ++i)
      changed[dice() % changed.size()] = static_cast<std::uint8_t>(dice());
    (void)parse_associate_request(changed).ok();
  }
}

TEST(AssociateAccept, RepeatsTheTitlesAndAnswersEachContext) {
  const auto read = parse_associate_request(request({context(1, "1.2.3", "1.2.4")})).value();
  const base::Bytes bytes = write_associate_accept(
      read, {{1, ContextResult::AbstractSyntaxNotSupported, "1.2.840.10008.1.2"}});
  EXPECT_EQ(bytes[0], 2);
  EXPECT_EQ(base::read_u32_be(base::ByteView(bytes).subspan(2)), bytes.size() - 6);
  const std::string_view text = base::as_text(bytes);
  EXPECT_EQ(text.substr(10, 32), "COURIER           CT01          ");
  const auto answer = text.find(std::string_view("\x21\x00\x00\x19\x01\x00\x03\x00", 8));
  EXPECT_NE(answer, std::string_view::npos);
  EXPECT_NE(text.find(std::string_view("\x51\x00\x00\x04\x00\x02\x00\x00", 8)), text.npos);
}

TEST(Rejecting, HasResultSourceAndReasonInPlace) {
  EXPECT_EQ(write_associate_reject(kCalledAETitleNotRecognized),
            (base::Bytes{3, 0, 0, 0, 0, 4, 0, 1, 1, 7}));
  EXPECT_EQ(write_associate_reject(kLocalLimitExceeded),
            (base::Bytes{3, 0, 0, 0, 0, 4, 0, 2, 3, 2}));
  EXPECT_EQ(write_abort(AbortReason::UnexpectedPDU), (base::Bytes{7, 0, 0, 0, 0, 4, 0, 0, 2, 2}));
  EXPECT_STREQ(to_string(kTemporaryCongestion), "temporary-congestion");
}

TEST(PDVs, AreTakenOneByOneAndNeverPastTheEnd) {
  const base::Bytes body{0, 0, 0, 4, 1, 3, 'a', 'b', 0, 0, 0, 2, 5, 0};
  base::ByteView rest = body;
  const auto first = take_pdv(rest).value();
  EXPECT_EQ(first.context, 1);
  EXPECT_TRUE(first.command && first.last);
  EXPECT_EQ(base::as_text(first.fragment), "ab");
  const auto second = take_pdv(rest).value();
  EXPECT_FALSE(second.command || second.last);
  EXPECT_TRUE(second.fragment.empty() && rest.empty());
  for (const base::Bytes& wrong :
       {base::Bytes{0, 0, 0, 4, 1}, base::Bytes{0, 0, 0, 1, 1, 3}, base::Bytes{0, 0, 0, 3, 1, 3},
        base::Bytes{255, 255, 255, 255, 1, 3}}) {
    base::ByteView view = wrong;
    EXPECT_FALSE(take_pdv(view).ok());
  }
}

TEST(CommandPDUs, AreCutToWhatTheRequestorTakes) {
  const base::Bytes command(300, 'c');
  const base::Bytes whole = write_command(3, command, 0);
  EXPECT_EQ(whole.size(), 6 + 6 + 300u);
  EXPECT_EQ(whole[11], 3);
  base::ByteView rest = whole;
  base::Bytes joined;
  const base::Bytes pieces = write_command(3, command, 100);
  rest = pieces;
  bool last = false;
  while (!rest.empty()) {
    EXPECT_FALSE(last);
    const PDUHeader header = parse_pdu_header(rest);
    EXPECT_LE(header.length, 100u);
    base::ByteView body = rest.subspan(6, header.length);
    const auto pdv = take_pdv(body).value();
    last = pdv.last;
    base::append(joined, pdv.fragment);
    rest = rest.subspan(6 + header.length);
  }
  EXPECT_TRUE(last);
  EXPECT_EQ(joined, command);
  EXPECT_FALSE(write_command(3, command, 1).empty());
}

base::Bytes element(std::uint16_t number, std::string_view value) {
  base::Bytes bytes{0,
                    0,
                    static_cast<std::uint8_t>(number),
                    static_cast<std::uint8_t>(number >> 8),
                    static_cast<std::uint8_t>(value.size()),
                    0,
                    0,
                    0};
  base::append(bytes, base::as_bytes(value));
  return bytes;
}

base::Bytes joined(const std::vector<base::Bytes>& parts) {
  base::Bytes all;
  for (const auto& part : parts) base::append(all, part);
  return all;
}

const base::Bytes kField = element(0x100, std::string_view("\x01\x00", 2));
const base::Bytes kMessage = element(0x110, std::string_view("\x07\x00", 2));
const base::Bytes kDataSet = element(0x800, std::string_view("\x00\x00", 2));

TEST(Commands, AreReadWithoutTheirPadding) {
  const auto command = parse_command(joined({element(2, std::string_view("1.2.3\0", 6)), kField,
                                             kMessage, kDataSet, element(0x1000, "1.2.4 ")}));
  ASSERT_TRUE(command.ok());
  EXPECT_TRUE(command.value().is(CommandField::CStoreRQ));
  EXPECT_EQ(command.value().message_id, 7);
  EXPECT_TRUE(command.value().has_data_set);
  EXPECT_EQ(command.value().sop_class_uid, "1.2.3");
  EXPECT_EQ(command.value().sop_instance_uid, "1.2.4");
}

TEST(Commands, AreRefusedWithoutTheirTypeOneElementsOrWithImpossibleOnes) {
  EXPECT_FALSE(parse_command({}).ok());
  EXPECT_FALSE(parse_command(joined({kMessage, kDataSet})).ok());
  EXPECT_FALSE(parse_command(joined({kField, kDataSet})).ok());
  EXPECT_FALSE(parse_command(joined({kField, kMessage})).ok());
  EXPECT_FALSE(parse_command(joined({kField, kField, kMessage, kDataSet})).ok());
  EXPECT_FALSE(parse_command(joined({element(0x100, "abcd"), kMessage, kDataSet})).ok());
  base::Bytes undefined = joined({kField, kMessage, kDataSet, element(0x1234, "")});
  std::fill(undefined.end() - 4, undefined.end(), std::uint8_t{0xFF});
  EXPECT_FALSE(parse_command(undefined).ok());
  base::Bytes other_group = joined({kField, kMessage, kDataSet, element(0x20, "ab")});
  other_group[other_group.size() - 10] = 8;
  EXPECT_FALSE(parse_command(other_group).ok());
  const base::Bytes good = joined({kField, kMessage, kDataSet});
  EXPECT_TRUE(parse_command(good).ok());
  EXPECT_FALSE(parse_command(base::ByteView(good).first(good.size() - 1)).ok());
}

TEST(Responses, RepeatWhatIsAUIDAndNothingElse) {
  Command command;
  command.field = 1;
  command.message_id = 0x0102;
  command.sop_class_uid = "1.2.3";
  command.sop_instance_uid = "../etc\n";
  const base::Bytes bytes = write_response(command, DIMSEStatus::OutOfResources);
  const std::string_view text = base::as_text(bytes);
  EXPECT_EQ(bytes.size() - 12, bytes[8]);
  EXPECT_NE(text.find(std::string_view("\x00\x00\x02\x00\x06\x00\x00\x00"
                                       "1.2.3\0",
                                       14)),
            text.npos);
  EXPECT_NE(text.find(std::string_view("\x00\x01\x02\x00\x00\x00\x01\x80", 8)), text.npos);
  EXPECT_NE(text.find(std::string_view("\x00\x09\x02\x00\x00\x00\x00\xA7", 8)), text.npos);
  EXPECT_EQ(text.find("etc"), text.npos);
}

}  // namespace
}  // namespace receive
