#include "control/control.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

TEST(Control, ARequestComesBack) {
  const auto back = control::parse_request(
      control::write(control::Request{"extend", {{"id", "3f2a"}, {"seconds", "\"9\"\n"}}}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back.value().command, "extend");
  EXPECT_EQ(back.value().arguments.at("seconds"), "\"9\"\n");
}

TEST(Control, AReplyComesBack) {
  const auto back = control::parse_reply(
      control::write(control::Reply{65, "no such share", {"a", "b"}, {{"1", "ü"}, {"3", "4"}}}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back.value().exit_code, 65);
  EXPECT_EQ(back.value().text, "no such share");
  EXPECT_THAT(back.value().columns, ElementsAre("a", "b"));
  EXPECT_THAT(back.value().rows, ElementsAre(ElementsAre("1", "ü"), ElementsAre("3", "4")));
}

TEST(Control, FurtherTablesComeBackAndMayBeMissing) {
  control::Reply reply{0, "", {"a"}, {{"1"}}};
  reply.more.push_back({{"held", "why"}, {{"2 shares", "no code"}}});
  const auto back = control::parse_reply(control::write(reply));
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back.value().more.size(), 1u);
  EXPECT_THAT(back.value().more[0].columns, ElementsAre("held", "why"));
  EXPECT_THAT(back.value().more[0].rows, ElementsAre(ElementsAre("2 shares", "no code")));
  const auto old = control::parse_reply(R"({"exit_code":0,"text":"","columns":[],"rows":[]})");
  ASSERT_TRUE(old.ok());
  EXPECT_TRUE(old.value().more.empty());
}

TEST(Control, TextThatIsNoUTF8IsReplacedNotThrown) {
  const auto back = control::parse_reply(control::write(control::Reply{0, "\xFF", {}, {{"\xFE"}}}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back.value().text, "\uFFFD");
}

TEST(Control, WhatIsNoRequestIsRefused) {
  for (const char* text :
       {"", "{", "null", "[]", "{}", R"({"version":2,"command":"x","arguments":{}})",
        R"({"version":1,"arguments":{}})", R"({"version":1,"command":7,"arguments":{}})",
        R"({"version":1,"command":"x"})", R"({"version":1,"command":"x","arguments":[]})",
        R"({"version":1,"command":"x","arguments":{"id":5}})"}) {
    const auto parsed = control::parse_request(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.fault().remedy, base::Remedy::Reject);
  }
}

TEST(Control, WhatIsNoReplyIsRefused) {
  for (const char* text : {"", "{}", R"({"exit_code":"0","text":"","columns":[],"rows":[]})",
                           R"({"exit_code":0,"text":"","columns":[],"rows":[1]})",
                           R"({"exit_code":0,"text":"","columns":{},"rows":[]})"})
    EXPECT_FALSE(control::parse_reply(text).ok()) << text;
}

class Asking : public testing::Test {
 protected:
  Asking() {
    std::string name = (fs::temp_directory_path() / "control.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/control.sock";
  }
  ~Asking() override {
    if (child_ > 0) waitpid(child_, nullptr, 0);
    fs::remove_all(folder_);
  }
  // A dispatch that answers one request, or hangs up.
  void answer_once(bool hang_up) {
    auto listener = jobs::listen_seqpacket(path_).value();
    child_ = fork();
    if (child_ != 0) return;
    pollfd wait{listener.get(), POLLIN, 0};
    poll(&wait, 1, 10'000);
    const disk::Descriptor socket(accept(listener.get(), nullptr, nullptr));
    const auto packet = jobs::receive_packet(socket.get());
    if (hang_up || !packet.ok() || !packet.value()) _exit(0);
    const auto request = control::parse_request(packet.value()->text);
    jobs::Packet answer;
    answer.text = control::write(control::Reply{0, "heard " + request.value().command, {}, {}});
    _exit(jobs::send_packet(socket.get(), answer).ok() ? 0 : 1);
  }
  std::string folder_, path_;
  pid_t child_ = -1;
};

TEST_F(Asking, GetsTheReply) {
  answer_once(false);
  const auto reply = control::ask(path_, {"status", {}});
  ASSERT_TRUE(reply.ok()) << reply.fault().what;
  EXPECT_EQ(reply.value().text, "heard status");
}

TEST_F(Asking, SaysThatDispatchHungUp) {
  answer_once(true);
  const auto reply = control::ask(path_, {"status", {}});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.fault().remedy, base::Remedy::RetryLater);
}

TEST_F(Asking, WaitsNoLongerThanItWasTold) {
  const auto listener = jobs::listen_seqpacket(path_).value();  // takes it, and says nothing
  const auto reply = control::ask(path_, {"status", {}}, 1);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.fault().what, "no answer in 1 s");
}

TEST_F(Asking, SaysThatNobodyListens) {
  const auto reply = control::ask(path_, {"status", {}});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.fault().remedy, base::Remedy::RetryLater);
}

}  // namespace
