#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

#include "receive/negotiate.h"
#include "receive/sop_class.h"

namespace receive {
namespace {

constexpr auto kCT = "1.2.840.10008.5.1.4.1.1.2";
constexpr auto kExplicit = "1.2.840.10008.1.2.1";
constexpr auto kImplicit = "1.2.840.10008.1.2";
constexpr auto kDeflated = "1.2.840.10008.1.2.1.99";

Address address(const char* text) { return *parse_address(text); }
AllowedCaller caller(const char* title, const char* network) {
  return {title, *network ? parse_network(network) : std::nullopt};
}

TEST(Callers, ANetworkHoldsItsAddressesAlone) {
  struct Case {
    const char *network, *inside, *outside;
  };
  for (const Case& c :
       {Case{"10.1.2.0/24", "10.1.2.255", "10.1.3.0"}, Case{"10.1.2.3", "10.1.2.3", "10.1.2.2"},
        Case{"10.1.2.0/23", "10.1.3.255", "10.1.4.0"},
        Case{"0.0.0.0/0", "255.255.255.255", "2001:db8::1"},
        Case{"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"},
        Case{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
        Case{"::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"}}) {
    const auto network = parse_network(c.network);
    ASSERT_TRUE(network) << c.network;
    EXPECT_TRUE(network->contains(address(c.inside))) << c.network;
    EXPECT_FALSE(network->contains(address(c.outside))) << c.network;
  }
  EXPECT_TRUE(parse_network("::/0")->contains(address("10.0.0.1")));
}

TEST(Callers, WhatIsNoNetworkIsRefused) {
  for (const char* wrong : {"", "10.1.2", "10.1.2.0/33", "10.1.2.0/", "10.1.2.0/-1", "10.1.2.0/8x",
                            "2001:db8::/129", "host.example", "10.1.2.3:104", "/8"})
    EXPECT_FALSE(parse_network(wrong)) << wrong;
}

TEST(Callers, AMappedAddressIsTheIPv4AddressItself) {
  EXPECT_EQ(address("::ffff:10.1.2.3"), address("10.1.2.3"));
  EXPECT_EQ(address("::ffff:10.1.2.3").text(), "10.1.2.3");
  EXPECT_EQ(address("2001:DB8::1").text(), "2001:db8::1");
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "::ffff:10.1.2.3", &in6.sin6_addr);
  sockaddr_storage storage{};
  std::memcpy(&storage, &in6, sizeof in6);
  EXPECT_EQ(address_of(storage), address("10.1.2.3"));
}

TEST(Callers, TitleAndAddressMustBothFitOneEntry) {
  const std::vector<AllowedCaller> callers = {caller("CT01", "10.1.2.0/24"), caller("MR01", ""),
                                              caller("*", "192.168.7.7")};
  EXPECT_TRUE(may_call(callers, "CT01", Peer{address("10.1.2.9")}));
  EXPECT_FALSE(may_call(callers, "CT01", Peer{address("10.1.3.9")}));
  EXPECT_FALSE(may_call(callers, "CT02", Peer{address("10.1.2.9")}));
  EXPECT_TRUE(may_call(callers, "MR01", Peer{address("2001:db8::1")}));
  EXPECT_TRUE(may_call(callers, "ANY", Peer{address("192.168.7.7")}));
  EXPECT_FALSE(may_call({}, "CT01", Peer{address("10.1.2.9")}));
  EXPECT_FALSE(may_call(callers, "ct01", Peer{address("10.1.2.9")}));
}

TEST(Callers, AnAddressThatNoEntryAllowsIsKnownBeforeAnythingIsSaid) {
  EXPECT_FALSE(may_call_from({caller("CT01", "10.0.0.0/8")}, address("11.0.0.1")));
  EXPECT_TRUE(may_call_from({caller("CT01", "10.0.0.0/8")}, address("10.0.0.1")));
  EXPECT_TRUE(may_call_from({caller("CT01", "")}, address("11.0.0.1")));
}

TEST(Callers, TheNameOfACertificateIsReadInEveryFormOrRefused) {
  using Kind = CertificateName::Kind;
  const std::string digest(64, 'a');
  std::string with_colons;
  for (int i = 0; i < 32; ++i) with_colons += i == 0 ? "AA" : ":AA";
  for (const std::string& text : {"sha256:" + digest, "sha256:" + with_colons}) {
    const auto name = parse_certificate_name(text);
    ASSERT_TRUE(name) << text;
    EXPECT_TRUE(name->kind == Kind::Fingerprint && name->text == digest) << name->text;
  }
  EXPECT_EQ(parse_certificate_name("dns:CT01.Example")->text, "ct01.example");
  EXPECT_EQ(parse_certificate_name("subject:CN=CT 01,O=A:B")->text, "CN=CT 01,O=A:B");
  for (const char* wrong : {"", "sha256:", "sha256:aa", "dns:", "subject:", "CT01", "sha1:aa"})
    EXPECT_FALSE(parse_certificate_name(wrong)) << wrong;
}

TEST(Callers, WhoNamesACertificateMayCallWithNoOther) {
  const tls::Proof ours{std::string(64, 'a'), "CN=CT01", {"ct01.example"}};
  const tls::Proof other{std::string(64, 'b'), "CN=CT02", {"ct02.example"}};
  for (const std::string& name : {"sha256:" + std::string(64, 'a'), std::string("dns:ct01.example"),
                                  std::string("subject:CN=CT01")}) {
    AllowedCaller one = caller("CT01", "10.1.2.0/24");
    one.certificate = parse_certificate_name(name);
    const Address at = address("10.1.2.9");
    EXPECT_TRUE(may_call({one}, "CT01", Peer{at, ours})) << name;
    EXPECT_FALSE(may_call({one}, "CT01", Peer{at, other})) << name;
    EXPECT_FALSE(may_call({one}, "CT01", Peer{at, tls::Proof{}})) << name;
    EXPECT_FALSE(may_call({one}, "CT01", Peer{at})) << name;
    EXPECT_FALSE(may_call({one}, "CT01", Peer{address("10.9.9.9"), ours})) << name;
    EXPECT_FALSE(may_call({one}, "CT02", Peer{at, ours})) << name;
  }
}

TEST(Callers, WhoseEntryAsksForTLSMayNotCallWithoutIt) {
  AllowedCaller one = caller("CT01", "");
  one.tls = true;
  EXPECT_TRUE(may_call({one}, "CT01", Peer{address("10.1.2.9"), tls::Proof{}}));
  EXPECT_FALSE(may_call({one}, "CT01", Peer{address("10.1.2.9")}));
}

TEST(Callers, WhatIsMissingIsSaidToWhoIsNamedAndToNobodyElse) {
  AllowedCaller one = caller("CT01", "10.1.2.0/24");
  one.certificate = parse_certificate_name("dns:ct01.example");
  const Address at = address("10.1.2.9");
  EXPECT_EQ(missing_proof({one}, "CT01", Peer{at}), "it may call over TLS alone");
  EXPECT_EQ(missing_proof({one}, "CT01", Peer{at, tls::Proof{}}), "it has to show a certificate");
  EXPECT_THAT(missing_proof({one}, "CT01", Peer{at, tls::Proof{std::string(64, 'b'), "", {}}}),
              testing::EndsWith("sha256:" + std::string(64, 'b')));
  EXPECT_EQ(missing_proof({one}, "CT02", Peer{at}), "");
}

class Negotiation : public ::testing::Test {
 protected:
  Negotiation() {
    request.protocol_version = 1;
    request.called_ae_title = "COURIER";
    request.calling_ae_title = "CT01";
    request.application_context = "1.2.840.10008.3.1.1.1";
    policy.ae_titles = {"COURIER", "SECOND"};
    policy.callers = {caller("CT01", "10.0.0.0/8")};
  }
  Rejection rejected() { return std::get<Rejection>(negotiate(request, policy, peer)); }
  Accepted accepted() { return std::get<Accepted>(negotiate(request, policy, peer)); }
  AssociateRequest request;
  Policy policy;
  Peer peer{address("10.1.2.3")};
};

TEST_F(Negotiation, EachReasonToRejectIsTheStandardsOwn) {
  EXPECT_TRUE(std::holds_alternative<Accepted>(negotiate(request, policy, peer)));
  peer.address = address("11.0.0.1");
  EXPECT_EQ(rejected(), kCallingAETitleNotRecognized);
  request.called_ae_title = "courier";
  EXPECT_EQ(rejected(), kCalledAETitleNotRecognized);
  request.application_context = "1.2.3";
  EXPECT_EQ(rejected(), kApplicationContextNotSupported);
  request.protocol_version = 2;
  EXPECT_EQ(rejected(), kProtocolVersionNotSupported);
}

TEST_F(Negotiation, EveryContextIsAnsweredInItsOrder) {
  request.contexts = {{1, kCT, {kDeflated, kImplicit, kExplicit}},
                      {3, kCT, {kDeflated}},
                      {5, "1.2.840.10008.5.1.4.31", {kImplicit}},
                      {7, std::string(kVerificationSOPClass), {kImplicit}},
                      {9, "not a uid", {kImplicit}},
                      {11, kCT, {}},
                      {13, kCT, {"not a uid", kExplicit}}};
  const Accepted answer = accepted();
  std::vector<int> results;
  for (const auto& context : answer.answers) results.push_back(static_cast<int>(context.result));
  EXPECT_THAT(results, ::testing::ElementsAre(0, 4, 3, 0, 3, 4, 0));
  EXPECT_EQ(answer.answers[0].transfer_syntax, kImplicit);
  EXPECT_EQ(answer.answers[6].transfer_syntax, kExplicit);
  EXPECT_EQ(answer.contexts.size(), 3u);
  EXPECT_EQ(answer.contexts.at(1).abstract_syntax, kCT);
}

TEST(AbstractSyntax, StorageAndWhatIsUnknownIsAcceptedOtherServicesAreNot) {
  for (const char* storage :
       {kCT, "1.2.840.10008.5.1.4.1.1.88.67", "1.2.840.10008.5.1.4.1.1.200.2",
        "1.2.840.10008.5.1.4.1.1.9999", "1.2.840.10008.5.1.4.34.7", "1.2.840.10008.5.1.4.34.10",
        "1.2.840.10008.5.1.4.38.1", "1.2.840.10008.5.1.1.30", "1.3.12.2.1107.5.9.1",
        "2.25.329800735698586629295641978511506172918"})
    EXPECT_TRUE(accepts_abstract_syntax(storage)) << storage;
  for (const char* other :
       {"1.2.840.10008.1.20.1", "1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.31",
        "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.5.1.1.9", "1.2.840.10008.5.1.4.34.6.1",
        "1.2.840.10008.5.1.4.1.1.200.4", "1.2.840.10008.1.3.10", "", "1.2.x"})
    EXPECT_FALSE(accepts_abstract_syntax(other)) << other;
}

}  // namespace
}  // namespace receive
