// Our server against our client over a socket pair; other people's clients are in tests/flows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cstdio>
#include <filesystem>

#include "disk/descriptor.h"
#include "tls/session.h"

namespace tls {
namespace {

namespace fs = std::filesystem;

// A self-signed certificate and its key, written to NAME.pem and NAME.key.
void make_certificate(const fs::path& folder, const std::string& name, long days, EVP_PKEY* key) {
  X509* made = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), days * 86400);
  X509_set_pubkey(made, key);
  X509_NAME* subject = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made, subject);
  X509_sign(made, key, EVP_sha256());
  std::FILE* file = std::fopen((folder / (name + ".pem")).c_str(), "w");
  PEM_write_X509(file, made);
  std::fclose(file);
  file = std::fopen((folder / (name + ".key")).c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(made);
}

class TLS : public ::testing::Test {
 protected:
  TLS() {
    char name[] = "/tmp/tls-XXXXXX";
    folder = mkdtemp(name);
    for (const char* one : {"node", "other"}) {
      EVP_PKEY* key = EVP_EC_gen("P-256");
      make_certificate(folder, one, 90, key);
      EVP_PKEY_free(key);
    }
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
    here = disk::Descriptor(ends[0]);
    there = disk::Descriptor(ends[1]);
  }
  ~TLS() override { fs::remove_all(folder); }

  Files files(const std::string& certificate, const std::string& key) {
    return {folder / certificate, folder / key, "", true};
  }
  std::string refused(const Files& wrong) {
    const auto server = Server::create(wrong);
    return server.ok() ? "accepted" : server.fault().what;
  }
  std::shared_ptr<Server> good() { return Server::create(files("node.pem", "node.key")).value(); }

  fs::path folder;
  disk::Descriptor here, there;
};

void shake_hands(Session& one, Session& other) {
  for (int i = 0; i < 20 && !(one.established() && other.established()); ++i) {
    if (!one.established()) one.shake_hands();
    if (!other.established()) other.shake_hands();
  }
}

TEST_F(TLS, WhatOneSideWritesTheOtherReads) {
  auto client = Session::connect(there.get()).value();
  auto server = Session::accept(*good(), here.get()).value();
  shake_hands(client, server);
  ASSERT_TRUE(client.established() && server.established()) << server.why() << client.why();
  EXPECT_THAT(server.protocol(), testing::StartsWith("TLSv1.3 TLS_AES_"));
  EXPECT_EQ(client.write(base::as_bytes("C-ECHO")).size, 6u);
  base::Bytes into(100);
  const Moved moved = server.read(into);
  ASSERT_EQ(moved.step, Step::Done);
  EXPECT_EQ(base::as_text(base::ByteView(into).first(moved.size)), "C-ECHO");
  EXPECT_EQ(server.read(into).step, Step::WantRead);
  client.close();
  EXPECT_EQ(server.read(into).step, Step::Closed);
}

TEST_F(TLS, AClientSeesWhoseCertificateItIsAndWhenItEnds) {
  auto client = Session::connect(there.get()).value();
  auto server = Session::accept(*good(), here.get()).value();
  shake_hands(client, server);
  EXPECT_EQ(client.proof().subject, "CN=node");
  EXPECT_EQ(client.proof().fingerprint.size(), 64u);
  EXPECT_EQ(client.peer_not_after(), good()->not_after());
  EXPECT_EQ(server.proof().fingerprint, "");
  EXPECT_EQ(server.peer_not_after(), 0);
}

TEST_F(TLS, AServerServesOneSessionAndHasForgottenItsKeyThen) {
  const auto server = good();
  EXPECT_TRUE(Session::accept(*server, here.get()).ok());
  EXPECT_FALSE(Session::accept(*server, here.get()).ok());
  const auto other = good();
  other->forget_key();
  EXPECT_FALSE(Session::accept(*other, here.get()).ok());
}

TEST_F(TLS, WhoBreaksOffInTheHandshakeIsAFailureWithAReason) {
  auto server = Session::accept(*good(), here.get()).value();
  const base::Bytes noise(64, 'x');
  ASSERT_EQ(send(there.get(), noise.data(), noise.size(), 0), 64);
  EXPECT_EQ(server.shake_hands(), Step::Failed);
  EXPECT_THAT(server.why(), testing::HasSubstr("wrong version number"));
  EXPECT_FALSE(server.established());
}

TEST_F(TLS, FilesThatCannotServeAreRefusedWithTheirNames) {
  EXPECT_EQ(refused(files("node.pem", "node.key")), "accepted");
  EXPECT_THAT(refused(files("node.pem", "other.key")),
              testing::AllOf(testing::HasSubstr("other.key"), testing::HasSubstr("mismatch")));
  EXPECT_THAT(refused(files("none.pem", "node.key")), testing::HasSubstr("none.pem"));
  EXPECT_THAT(refused(files("node.key", "node.key")), testing::HasSubstr("no certificate in PEM"));
  EXPECT_THAT(refused(files("node.pem", "node.pem")), testing::HasSubstr("no private key"));
  Files with_ca = files("node.pem", "node.key");
  with_ca.client_ca = folder / "node.key";
  EXPECT_THAT(refused(with_ca), testing::HasSubstr("no certificate in PEM"));
}

TEST_F(TLS, AKeyOfAnotherKindIsNotTheCertificates) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  make_certificate(folder, "rsa", 90, key);
  EVP_PKEY_free(key);
  EXPECT_EQ(refused(files("rsa.pem", "rsa.key")), "accepted");
  EXPECT_THAT(refused(files("node.pem", "rsa.key")), testing::HasSubstr("rsa.key"));
  EXPECT_THAT(refused(files("rsa.pem", "node.key")), testing::HasSubstr("node.key"));
}

TEST_F(TLS, AKeyThatIsTooShortIsRefusedBeforeAnybodyCalls) {
  EVP_PKEY* key = EVP_RSA_gen(1024);
  make_certificate(folder, "short", 90, key);
  EVP_PKEY_free(key);
  EXPECT_THAT(refused(files("short.pem", "short.key")), testing::HasSubstr("key too small"));
}

TEST_F(TLS, AnAlertIsARecordOfSevenBytes) {
  EXPECT_EQ(alert_record(Alert::AccessDenied), (base::Bytes{21, 3, 3, 0, 2, 2, 49}));
}

}  // namespace
}  // namespace tls
