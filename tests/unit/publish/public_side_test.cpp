// The portal's public side, played by OpenSSL's own server.
#include "publish/public_side.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace publish {
namespace {

namespace fs = std::filesystem;

class APublicSide : public testing::Test {
 protected:
  APublicSide() {
    std::string name = (fs::temp_directory_path() / "public.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 40 -subj "
        "/CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
        folder_ + "/key -out " + folder_ + "/certificate 2>/dev/null";
    if (std::system(make.c_str()) != 0) throw std::runtime_error("openssl req");
    serve();
  }
  ~APublicSide() override {
    kill(server_, SIGTERM);
    waitpid(server_, nullptr, 0);
    fs::remove_all(folder_);
  }

  // It says ACCEPT and its port once it listens.
  void serve() {
    int output[2];
    if (pipe(output) != 0) throw std::runtime_error("pipe");
    server_ = fork();
    if (server_ == 0) {
      dup2(output[1], STDOUT_FILENO);
      execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-key",
             (folder_ + "/key").c_str(), "-cert", (folder_ + "/certificate").c_str(), "-www",
             nullptr);
      _exit(127);
    }
    ::close(output[1]);
    std::string said;
    char c = 0;
    while (!(said.find("ACCEPT ") != std::string::npos && c == '\n') && read(output[0], &c, 1) == 1)
      said += c;
    ::close(output[0]);
    port_ = said.substr(said.rfind(':') + 1);
    port_.erase(port_.find_last_not_of("\r\n ") + 1);
  }
  std::string url() const { return "https://localhost:" + port_; }

  std::string folder_, port_;
  pid_t server_ = -1;
};

TEST_F(APublicSide, IsTrustedWhenItsCertificateIs) {
  const auto seen = look_at_public_side(url(), folder_ + "/certificate");
  ASSERT_TRUE(seen.done) << seen.text;
  const auto body = nlohmann::json::parse(seen.body);
  EXPECT_TRUE(body.at("trusted"));
  EXPECT_EQ(body.at("why"), "");
  const auto left = body.at("not_after").get<std::int64_t>() - time(nullptr);
  EXPECT_GT(left, 39 * 86'400);
  EXPECT_LE(left, 40 * 86'400);
}

TEST_F(APublicSide, IsLookedAtButNotTrustedOtherwise) {
  const auto seen = look_at_public_side(url());
  ASSERT_TRUE(seen.done) << seen.text;
  const auto body = nlohmann::json::parse(seen.body);
  EXPECT_FALSE(body.at("trusted"));
  EXPECT_NE(body.at("why").get<std::string>().find("self"), std::string::npos);
  EXPECT_GT(body.at("not_after").get<std::int64_t>(), time(nullptr));
}

TEST_F(APublicSide, IsNotTrustedUnderAnotherName) {
  const auto seen = look_at_public_side("https://127.0.0.1:" + port_, folder_ + "/certificate");
  ASSERT_TRUE(seen.done) << seen.text;
  EXPECT_FALSE(nlohmann::json::parse(seen.body).at("trusted"));
}

TEST(NoPublicSide, IsToBeTriedLater) {
  const auto seen = look_at_public_side("https://127.0.0.1:1");
  EXPECT_FALSE(seen.done);
  EXPECT_EQ(seen.remedy, base::Remedy::RetryLater);
}

}  // namespace
}  // namespace publish
