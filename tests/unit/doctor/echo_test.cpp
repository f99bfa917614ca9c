#include "doctor/echo.h"

#include <gtest/gtest.h>

namespace doctor {
namespace {

settings::Receiver receiver(std::vector<std::string> listen,
                            std::vector<settings::Caller> callers) {
  settings::Receiver made;
  made.ae_titles = {"COURIER"};
  made.listen = std::move(listen);
  made.callers = std::move(callers);
  return made;
}

TEST(TheEndpoint, IsTheOneThatIsListenedOnAsSomebodyWhoMayCall) {
  const auto any = endpoint_of(receiver({"0.0.0.0:104"}, {{"*", "127.0.0.0/8"}}));
  EXPECT_EQ(any.host, "127.0.0.1");
  EXPECT_EQ(any.port, "104");
  EXPECT_EQ(any.calling_ae_title, kOwnAETitle);
  const auto named = endpoint_of(receiver({"10.1.2.3:104"}, {{"CT01", "10.1.2.0/24"}}));
  EXPECT_EQ(named.host, "10.1.2.3");
  EXPECT_EQ(named.calling_ae_title, "CT01");
}

TEST(TheEndpoint, TakesIPv4WhereOnlyThatMayCall) {
  const auto six = endpoint_of(receiver({"[::]:11112"}, {{"*", "::1"}}));
  EXPECT_EQ(six.host, "::1");
  const auto four = endpoint_of(receiver({"[::]:11112"}, {{"*", "127.0.0.1"}}));
  EXPECT_EQ(four.host, "127.0.0.1");
  EXPECT_EQ(four.calling_ae_title, kOwnAETitle);
}

TEST(TheEndpoint, HasNoTitleWhereNobodyMayCallAndNoPortWhereNoneIsNamed) {
  const auto foreign = endpoint_of(receiver({"[::]:11112"}, {{"CT01", "10.1.2.0/24"}}));
  EXPECT_EQ(foreign.calling_ae_title, "");
  EXPECT_EQ(echo(receiver({"[::]:11112"}, {{"CT01", "10.1.2.0/24"}})).outcome,
            Echo::Outcome::NotAllowed);
  EXPECT_EQ(echo(receiver({"127.0.0.1:0"}, {{"*", ""}})).outcome, Echo::Outcome::NoAddress);
  EXPECT_EQ(echo(receiver({}, {{"*", ""}})).outcome, Echo::Outcome::NoAddress);
}

settings::Receiver with_tls(std::vector<settings::Caller> callers) {
  settings::Receiver made = receiver({"127.0.0.1:104"}, std::move(callers));
  made.tls.listen = {"127.0.0.1:2762"};
  made.tls.certificate = made.tls.key = "/etc/x.pem";
  return made;
}

TEST(TheEndpoint, OverTLSIsAnotherPortAndOtherCallers) {
  const settings::Caller anybody{"*", ""}, bound{"CT01", "", "dns:ct01.example"},
      over_tls{"MR01", "", "", true};
  EXPECT_EQ(endpoint_of(with_tls({anybody}), true).port, "2762");
  EXPECT_EQ(endpoint_of(with_tls({bound}), true).calling_ae_title, "");
  EXPECT_EQ(endpoint_of(with_tls({bound, over_tls}), true).calling_ae_title, "MR01");
  EXPECT_EQ(endpoint_of(with_tls({bound, over_tls}), false).calling_ae_title, "");
}

TEST(TheRequest, HasTheFormOfTheStandard) {
  const auto request = write_associate_request("COURIER", "ME");
  ASSERT_GT(request.size(), 74u);
  EXPECT_EQ(request[0], 0x01);
  EXPECT_EQ(base::read_u32_be(base::ByteView(request).subspan(2)), request.size() - 6);
  EXPECT_EQ(base::as_text(base::ByteView(request).subspan(10, 32)),
            "COURIER         ME              ");
  const auto echo = write_echo_request();
  EXPECT_EQ(echo[0], 0x04);
  EXPECT_EQ(base::read_u32_be(base::ByteView(echo).subspan(2)), echo.size() - 6);
  EXPECT_EQ(base::read_u32_be(base::ByteView(echo).subspan(6)), echo.size() - 10);
}

// A C-ECHO-RSP: Command Field 8030H, Status 0000H.
base::Bytes response(std::uint8_t field, std::uint8_t status) {
  return {0, 0, 0, 22, 1, 3,  // PDV: context 1, command, last
          0, 0, 0, 1,  2, 0, 0, 0, field, 0x80, 0, 0, 0, 0x09, 2, 0, 0, 0, status, 0};
}

TEST(TheStatus, IsReadFromAResponseAlone) {
  EXPECT_EQ(echo_status(response(0x30, 0)), 0);
  EXPECT_EQ(echo_status(response(0x30, 0x22)), 0x22);
  EXPECT_EQ(echo_status(response(0x01, 0)), std::nullopt);
}

TEST(TheStatus, IsNothingInWhateverElseAPeerSends) {
  const auto whole = response(0x30, 0);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(echo_status(base::ByteView(whole).first(size)), std::nullopt) << size;
  for (std::size_t i = 6; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] = 0xFF;
    (void)echo_status(damaged);  // under the sanitizers: no read past the end
  }
}

TEST(ARejection, IsSaidInWords) {
  EXPECT_EQ(rejection_text(base::Bytes{0, 2, 3, 1}), "rejected: temporary congestion");
  EXPECT_EQ(rejection_text(base::Bytes{0, 1, 1, 3}), "rejected: calling AE title not recognised");
  EXPECT_EQ(rejection_text(base::Bytes{0, 1, 9, 9}), "rejected with source 9, reason 9");
  EXPECT_EQ(rejection_text({}), "rejected");
}

}  // namespace
}  // namespace doctor
