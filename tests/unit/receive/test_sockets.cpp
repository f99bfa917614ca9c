#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "receive/confine.h"
#include "receive/listen.h"
#include "receive/refuse.h"
#include "receive/transport.h"

namespace receive {
namespace {

disk::Descriptor connect_to(const Listener& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  disk::Descriptor socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  return socket;
}

Connection accepted(const Listener& listener) {
  pollfd one{listener.socket.get(), POLLIN, 0};
  poll(&one, 1, 5000);
  return *accept_connection(listener).value();
}

TEST(Listening, AnAcceptedSocketAnswersWithoutDelay) {
  for (const char* where : {"127.0.0.1:0", "[::1]:0"}) {
    const auto listener = listen_on(where).value();
    const auto peer = connect_to(listener);
    const Connection connection = accepted(listener);
    int no_delay = 0;
    socklen_t size = sizeof no_delay;
    getsockopt(connection.socket.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
    EXPECT_EQ(no_delay, 1) << where;
    EXPECT_TRUE(fcntl(connection.socket.get(), F_GETFD) & FD_CLOEXEC) << where;
  }
}

TEST(Listening, NamesTheBoundPortAndTheNormalisedPeer) {
  const auto listener = listen_on("[::]:0").value();
  EXPECT_THAT(listener.name, ::testing::MatchesRegex("\\[::\\]:[1-9][0-9]*"));
  const auto v4 = listen_on("127.0.0.1:0").value();
  const auto peer = connect_to(v4);
  EXPECT_EQ(accepted(v4).peer.text(), "127.0.0.1");
}

TEST(Listening, NothingWaitingIsNoFault) {
  const auto listener = listen_on("127.0.0.1:0").value();
  const auto none = accept_connection(listener);
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none.value());
}

TEST(Listening, WhatIsNoAddressOrIsTakenIsAFault) {
  for (const char* wrong : {"", "11112", "localhost:104", "10.0.0.1", "::1:104", "[10.0.0.1]:104",
                            "127.0.0.1:70000", "127.0.0.1:x", "203.0.113.1:104"})
    EXPECT_FALSE(listen_on(wrong).ok()) << wrong;
  const auto first = listen_on("127.0.0.1:0").value();
  EXPECT_FALSE(listen_on(first.name).ok());
}

TEST(RefusedPeers, ReadTheirAnswerEvenAfterSendingMuch) {
  const auto listener = listen_on("127.0.0.1:0").value();
  const auto peer = connect_to(listener);
  RefusedConnections refused;
  refused.take(accepted(listener), write_associate_reject(kLocalLimitExceeded), 0);
  const base::Bytes request(20'000, 1);
  ASSERT_EQ(send(peer.get(), request.data(), request.size(), 0), 20'000);
  std::vector<pollfd> polled;
  refused.append_to(polled);
  ASSERT_EQ(poll(polled.data(), polled.size(), 5000), 1);
  refused.serve(polled.data(), 1);
  base::Bytes answer(64);
  const ssize_t n = recv(peer.get(), answer.data(), answer.size(), 0);
  ASSERT_EQ(n, 10);
  answer.resize(10);
  EXPECT_EQ(answer, write_associate_reject(kLocalLimitExceeded));
  EXPECT_EQ(refused.size(), 1u);
}

TEST(RefusedPeers, AreForgottenInTimeAndNeverMany) {
  const auto listener = listen_on("127.0.0.1:0").value();
  std::vector<disk::Descriptor> peers;
  RefusedConnections refused;
  for (int i = 0; i < 70; ++i) {
    peers.push_back(connect_to(listener));
    refused.take(accepted(listener), write_associate_reject(kLocalLimitExceeded), 0);
  }
  EXPECT_EQ(refused.size(), 64u);
  std::vector<pollfd> polled;
  refused.append_to(polled);
  refused.serve(polled.data(), 4'999);
  EXPECT_EQ(refused.size(), 64u);
  refused.serve(polled.data(), 5'000);
  EXPECT_EQ(refused.size(), 0u);
}

TEST(RefusedPeers, AreAbortedAtOnceAndNeedNotHaveAsked) {
  const auto listener = listen_on("127.0.0.1:0").value();
  const auto peer = connect_to(listener);
  RefusedConnections refused;
  refused.abort(accepted(listener), write_abort(AbortReason::NotSpecified), 0);
  base::Bytes answer(64);
  const ssize_t n = recv(peer.get(), answer.data(), answer.size(), 0);
  ASSERT_EQ(n, 10);
  answer.resize(10);
  EXPECT_EQ(answer, write_abort(AbortReason::NotSpecified));
  EXPECT_EQ(refused.size(), 1u);
}

class SetClock : public base::Clock {
 public:
  base::Milliseconds monotonic() const override { return now += step; }
  mutable base::Milliseconds now = 0;
  base::Milliseconds step = 0;
};

class OverASocketPair : public ::testing::Test {
 protected:
  OverASocketPair() {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) abort();
    ours = disk::Descriptor(ends[0]);
    peer = disk::Descriptor(ends[1]);
  }
  void say(base::ByteView bytes) {
    ASSERT_EQ(write(peer.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  Broken broken(Transport& transport, Pace& pace) {
    const auto next = transport.next_pdu(pace);
    return std::holds_alternative<Broken>(next) ? std::get<Broken>(next) : Broken::Stopping;
  }
  disk::Descriptor ours, peer;
  SetClock clock;
  volatile std::sig_atomic_t stopping = 0;
};

TEST_F(OverASocketPair, PDUsComeWholeHoweverTheyWereSent) {
  Transport transport(ours.get(), clock, stopping);
  Pace pace({}, 0);
  pace.enter(Pace::Phase::Idle, 0);
  const base::Bytes one{4, 0, 0, 0, 0, 3, 'a', 'b', 'c'};
  std::thread sender([&] {
    for (int i = 0; i < 3; ++i)
      for (const std::uint8_t byte : one) say(base::ByteView(&byte, 1));
  });
  for (int i = 0; i < 3; ++i) {
    const auto next = transport.next_pdu(pace);
    ASSERT_TRUE(std::holds_alternative<PDU>(next));
    EXPECT_EQ(base::as_text(std::get<PDU>(next).body), "abc");
  }
  sender.join();
  EXPECT_EQ(pace.phase(), Pace::Phase::Command);
}

TEST_F(OverASocketPair, TimeIsTheClocksAndSilenceEndsIt) {
  Transport transport(ours.get(), clock, stopping);
  Pace pace({}, 0);
  clock.step = 4'000;
  say(base::Bytes{1, 0, 0});
  Pace quick({.associate = 100}, 0);
  EXPECT_EQ(broken(transport, quick), Broken::TimedOut);
  clock.now = 9'990;
  EXPECT_EQ(broken(transport, pace), Broken::TimedOut);
}

TEST_F(OverASocketPair, LengthsOverTheLimitAreRefusedBeforeTheyAreRead) {
  for (const base::Bytes& header :
       {base::Bytes{4, 0, 0, 2, 0, 1}, base::Bytes{1, 0, 0xFF, 0xFF, 0xFF, 0xFF},
        base::Bytes{5, 0, 0, 0, 2, 0}}) {
    Transport transport(ours.get(), clock, stopping);
    Pace pace({}, 0);
    say(header);
    EXPECT_EQ(broken(transport, pace), Broken::Malformed);
  }
  Transport transport(ours.get(), clock, stopping);
  Pace pace({}, 0);
  say(base::Bytes{9, 0, 0, 0, 0, 4});
  EXPECT_EQ(broken(transport, pace), Broken::Unrecognized);
}

TEST_F(OverASocketPair, APeerThatClosesAndOneThatIsToldToStop) {
  Transport transport(ours.get(), clock, stopping);
  Pace pace({}, 0);
  stopping = 1;
  EXPECT_EQ(broken(transport, pace), Broken::Stopping);
  pace.enter(Pace::Phase::DataSet, 0);
  peer.close();
  EXPECT_EQ(broken(transport, pace), Broken::ClosedByPeer);
}

// What a confined process may do, each tried in a process of its own. Ends with the signal, or
// with the exit code that `act` gives.
class Confined : public ::testing::Test {
 protected:
  Confined() {
    std::string pattern = (std::filesystem::temp_directory_path() / "confine-XXXXXX").string();
    root = mkdtemp(pattern.data());
    std::filesystem::create_directory(root / "own");
    std::filesystem::create_directory(root / "other");
    own = disk::open_folder(root / "own").value();
    other = disk::open_folder(root / "other").value();
  }
  ~Confined() override { std::filesystem::remove_all(root); }

  int run(const std::function<int()>& act) {
    const pid_t child = fork();
    if (child == 0) {
      forbid_dumps();
      const auto done = confine({own.get(), 64u << 20, 10u << 20});
      _exit(done.ok() ? act() : 99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
  static int nameless(int folder, const char* path) {
    return openat(folder, path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  }
  std::filesystem::path root;
  disk::Descriptor own, other;
};

TEST_F(Confined, MayStoreInItsOwnFolder) {
  EXPECT_EQ(run([&] {
              const int fd = nameless(own.get(), ".");
              if (fd < 0) return 1;
              if (write(fd, "x", 1) != 1 || fdatasync(fd) != 0) return 2;
              const std::string path = "/proc/self/fd/" + std::to_string(fd);
              if (linkat(AT_FDCWD, path.c_str(), own.get(), "1", AT_SYMLINK_FOLLOW) != 0) return 3;
              return fsync(own.get()) == 0 ? 0 : 4;
            }),
            0);
  EXPECT_TRUE(std::filesystem::exists(root / "own" / "1"));
}

#ifndef __SANITIZE_ADDRESS__
TEST_F(Confined, IsKilledForReachingFurther) {
  const std::string victim = (root / "own" / "victim").string();
  ASSERT_TRUE(disk::replace_file(own.get(), "victim", base::as_bytes("x")).ok());
  const std::vector<std::pair<const char*, std::function<int()>>> acts = {
      {"read a file", [] { return open("/etc/passwd", O_RDONLY); }},
      {"list its folder", [&] { return openat(own.get(), ".", O_RDONLY | O_DIRECTORY); }},
      {"write a named file", [&] { return openat(own.get(), "n", O_WRONLY | O_CREAT, 0600); }},
      {"a file elsewhere", [&] { return nameless(other.get(), "."); }},
      {"remove", [&] { return unlink(victim.c_str()); }},
      {"rename", [&] { return rename(victim.c_str(), (victim + "2").c_str()); }},
      {"a socket", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
      {"a process", [] { return static_cast<int>(fork()); }},
      {"another program", [] { return execl("/bin/true", "true", nullptr); }},
      {"signal another", [] { return kill(getppid(), SIGTERM); }},
      {"link elsewhere", [&] { return linkat(own.get(), "victim", other.get(), "stolen", 0); }},
  };
  for (const auto& [what, act] : acts) EXPECT_EQ(run(act), -SIGSYS) << what;
  EXPECT_TRUE(std::filesystem::exists(victim));
}
#endif

TEST_F(Confined, CannotReachAnotherFolderByAnAbsolutePath) {
  const std::string elsewhere = (root / "other").string();
  const int result = run([&] { return nameless(own.get(), elsewhere.c_str()) < 0 ? 42 : 0; });
  const bool landlock = syscall(444, nullptr, 0, 1) >= 1;
  if (!landlock) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(result, 42);
}

TEST_F(Confined, CannotGrowAFileWithoutEnd) {
  EXPECT_EQ(run([&] {
              const int fd = nameless(own.get(), ".");
              const std::vector<char> block(1 << 20);
              for (int i = 0; i < 20; ++i)
                if (write(fd, block.data(), block.size()) < 0) return 42;
              return 0;
            }),
            42);
}

}  // namespace
}  // namespace receive
