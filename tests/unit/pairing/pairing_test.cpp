// Keys for both sides; the pin is compared with what openssl computes.
#include "pairing/pairing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;

class Pairing : public testing::Test {
 protected:
  Pairing() {
    std::string name = (fs::temp_directory_path() / "pairing.XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Pairing() override { fs::remove_all(folder_); }
  static std::string run(const std::string& command) {
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    std::string text;
    char piece[500];
    for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, pipe)) > 0;) text.append(piece, n);
    pclose(pipe);
    return text;
  }
  std::string make(const std::string& name) {
    const auto pin = pairing::make(folder_ + "/credentials", name, "dcmcourier");
    EXPECT_TRUE(pin.ok());
    return pin.ok() ? pin.value() : "";
  }
  std::string path(const std::string& name) const { return folder_ + "/credentials/" + name; }
  std::string folder_;
};

TEST_F(Pairing, ThePinIsTheOneThatOpenSSLComputes) {
  const auto pin = make("portal-key");
  const auto digest = run("openssl x509 -in " + path("portal-key") +
                          " -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum");
  EXPECT_EQ(pin, "sha256:" + digest.substr(0, 64));
  EXPECT_EQ(pairing::pin_in(path("portal-key")).value(), pin);
}

TEST_F(Pairing, KeyAndCertificateBelongTogetherAndAreOnP256) {
  make("portal-key");
  EXPECT_EQ(run("openssl pkey -in " + path("portal-key") + " -pubout"),
            run("openssl x509 -in " + path("portal-key") + " -noout -pubkey"));
  const auto text = run("openssl x509 -in " + path("portal-key") + " -noout -text");
  EXPECT_NE(text.find("P-256"), std::string::npos);
  EXPECT_NE(text.find("CN = dcmcourier"), std::string::npos);
  EXPECT_NE(
      run("openssl verify -CAfile " + path("portal-key") + " " + path("portal-key")).find("OK"),
      std::string::npos);
}

TEST_F(Pairing, NobodyElseMayReadTheKey) {
  make("portal-key");
  struct stat status {};
  ASSERT_EQ(stat(path("portal-key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(Pairing, AKeyIsNeverOverwritten) {
  const auto pin = make("portal-key");
  const auto again = pairing::make(folder_ + "/credentials", "portal-key", "dcmcourier");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.fault().remedy, base::Remedy::AskAdministrator);
  EXPECT_EQ(pairing::pin_in(path("portal-key")).value(), pin);
}

TEST_F(Pairing, EveryKeyIsAnother) { EXPECT_NE(make("one"), make("two")); }

TEST_F(Pairing, AFileWithoutACertificateHasNoPin) {
  std::ofstream(folder_ + "/empty") << "";
  std::ofstream(folder_ + "/text")
      << "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n";
  EXPECT_FALSE(pairing::pin_in(folder_ + "/empty").ok());
  EXPECT_FALSE(pairing::pin_in(folder_ + "/text").ok());
  EXPECT_FALSE(pairing::pin_in(folder_ + "/none").ok());
}

}  // namespace
