#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "metrics/http.h"
#include "metrics/socket.h"
#include "metrics/text.h"

namespace metrics {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(TheText, IsOfTheExpositionFormat) {
  const auto text = serialised({{"a_total", "What it counts", Kind::Counter, {{{}, 3}}},
                                {"b", "Of \"b\"", Kind::Gauge, {{{{"x", "1\"\\\n"}}, 0.5}}}});
  EXPECT_THAT(text, HasSubstr("# HELP a_total What it counts\n# TYPE a_total counter\na_total 3"));
  EXPECT_THAT(text, HasSubstr("# TYPE b gauge\nb{x=\"1\\\"\\\\\\n\"} 0.5"));
}

std::string got(const std::string& request) {
  return answer(request, [] { return std::string("body\n"); });
}

TEST(AnAnswer, IsTheMetricsToAGetAlone) {
  const auto fine = got("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(fine, StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(fine, HasSubstr("version=0.0.4"));
  EXPECT_THAT(fine, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(fine, HasSubstr("\r\n\r\nbody\n"));
  EXPECT_THAT(got("GET /metrics?a=b HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200"));
  EXPECT_THAT(got("POST /metrics HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 405"));
  EXPECT_THAT(got("GET /etc/passwd HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 404"));
}

TEST(AnAnswer, IsARefusalToWhateverElseIsSaid) {
  for (const char* text : {"", "\n\n", "GET", "GET /metrics", "GET  /metrics HTTP/1.0", "\r\n\r\n",
                           "\x16\x03\x01\r\n\r\n", "GET /metrics SMTP\r\n\r\n"})
    EXPECT_THAT(got(text), StartsWith("HTTP/1.0 4")) << text;
  EXPECT_THAT(got("GET /" + std::string(kMaxRequest, 'a')), StartsWith("HTTP/1.0 431"));
}

TEST(ARequest, IsWholeAtItsEmptyLineOrWhenItIsTooLarge) {
  EXPECT_FALSE(is_whole("GET / HTTP/1.0\r\nHost: x\r\n"));
  EXPECT_TRUE(is_whole("GET / HTTP/1.0\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(is_whole(std::string(kMaxRequest, 'a')));
}

class ASocket : public testing::Test {
 protected:
  ASocket() {
    std::string name = (std::filesystem::temp_directory_path() / "metrics.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    auto made = Socket::create(folder_ + "/m.sock", [this] { return text_; });
    if (!made.ok()) throw std::runtime_error(made.fault().what);
    socket_ = std::move(made).value();
  }
  ~ASocket() override { std::filesystem::remove_all(folder_); }

  disk::Descriptor dial() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = folder_ + "/m.sock";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    disk::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    EXPECT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  static void say(const disk::Descriptor& socket, const std::string& text) {
    (void)send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  // What has come so far; "end" is appended when the other side has closed.
  static std::string heard(const disk::Descriptor& socket) {
    std::string text(1 << 16, '\0');
    std::string all;
    for (;;) {
      const auto size = recv(socket.get(), text.data(), text.size(), 0);
      if (size == 0) return all + "end";
      if (size < 0) return errno == EAGAIN ? all : all + "end";
      all.append(text, 0, static_cast<std::size_t>(size));
    }
  }
  void turn(base::Milliseconds now = 0, int times = 3) {
    for (int i = 0; i < times; ++i) socket_->turn(now);
  }

  std::string folder_, text_ = "x 1\n";
  std::unique_ptr<Socket> socket_;
};

TEST_F(ASocket, AnswersAndCloses) {
  const auto scraper = dial();
  turn();
  say(scraper, "GET /metrics HTTP/1.0\r\n");
  turn();
  EXPECT_EQ(heard(scraper), "");
  say(scraper, "\r\n");
  turn();
  const auto answer = heard(scraper);
  EXPECT_THAT(answer, StartsWith("HTTP/1.0 200"));
  EXPECT_THAT(answer, HasSubstr("x 1\nend"));
}

TEST_F(ASocket, ServesOthersWhileOneSaysNothingAndCutsItOff) {
  const auto silent = dial();
  turn();
  const auto scraper = dial();
  turn();
  say(scraper, "GET / HTTP/1.0\r\n\r\n");
  turn();
  EXPECT_THAT(heard(scraper), HasSubstr("200 OK"));
  EXPECT_EQ(heard(silent), "");
  turn(kPatience + 1);
  EXPECT_EQ(heard(silent), "end");
}

TEST_F(ASocket, DoesNotWaitForOneThatDoesNotRead) {
  text_ = std::string(8 << 20, 'a');
  const auto slow = dial();
  turn();
  say(slow, "GET / HTTP/1.0\r\n\r\n");
  turn();
  const auto first = heard(slow);
  EXPECT_LT(first.size(), text_.size());
  std::string rest = first;
  for (int i = 0; i < 10'000 && !rest.ends_with("end"); ++i) {
    turn(1, 1);
    rest += heard(slow);
  }
  EXPECT_THAT(rest, StartsWith("HTTP/1.0 200"));
  EXPECT_GT(rest.size(), text_.size());
  const auto stalled = dial();
  turn(10);
  say(stalled, "GET / HTTP/1.0\r\n\r\n");
  turn(10);
  turn(10 + kPatience + 1);
  EXPECT_TRUE(heard(stalled).ends_with("end"));
}

TEST_F(ASocket, LetsTheOldestGiveWay) {
  std::vector<disk::Descriptor> silent;
  for (std::size_t i = 0; i < kMaxScrapers; ++i) {
    silent.push_back(dial());
    turn();
  }
  const auto scraper = dial();
  turn();
  say(scraper, "GET / HTTP/1.0\r\n\r\n");
  turn();
  EXPECT_THAT(heard(scraper), HasSubstr("200 OK"));
  EXPECT_EQ(heard(silent.front()), "end");
  EXPECT_EQ(heard(silent.back()), "");
}

TEST_F(ASocket, TakesNoMoreThanARequestMayBe) {
  const auto loud = dial();
  turn();
  say(loud, std::string(20'000, 'a'));
  turn();
  EXPECT_THAT(heard(loud), HasSubstr("431"));
}

}  // namespace
}  // namespace metrics
