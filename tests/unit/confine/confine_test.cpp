#include "confine/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <iconv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <new>
#include <thread>

namespace {

// The exit code of `act` in a child that was locked down first; 99 when locking down failed.
int confined(const confine::Powers& powers, const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) _exit(confine::lock_down(powers).ok() ? act() : 99);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

int refused(long result) { return result == -1 && errno == EPERM ? 0 : 1; }

TEST(Confine, LetsNoSocketBeOpened) {
  EXPECT_EQ(0, confined({}, [] { return refused(socket(AF_INET, SOCK_STREAM, 0)); }));
  EXPECT_EQ(0, confined({}, [] { return refused(socket(AF_UNIX, SOCK_STREAM, 0)); }));
}

TEST(Confine, LetsAChildThatDialsOutOpenASocket) {
  EXPECT_EQ(
      0, confined({.dial_out = true}, [] { return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1; }));
}

TEST(Confine, LetsNoConnectionBeMadeOnASocketThatWasThereBefore) {
  const int before = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(0, confined({}, [&] {
              const sockaddr address{AF_UNIX, "x"};
              return refused(connect(before, &address, sizeof address));
            }));
  close(before);
}

TEST(Confine, OpensFilesToReadAndNoneToWrite) {
  EXPECT_EQ(0, confined({}, [] { return open("/dev/null", O_RDONLY) >= 0 ? 0 : 1; }));
  EXPECT_EQ(0, confined({}, [] { return refused(open("/dev/null", O_WRONLY)); }));
  EXPECT_EQ(0, confined({}, [] { return refused(open("/dev/null", O_RDWR)); }));
  EXPECT_EQ(0,
            confined({}, [] { return refused(open("/tmp/confined", O_RDONLY | O_CREAT, 0600)); }));
  EXPECT_EQ(0, confined({}, [] { return refused(open("/dev/null", O_RDONLY | O_TRUNC)); }));
  EXPECT_EQ(0, confined({}, [] { return refused(open("/tmp", O_TMPFILE | O_RDWR, 0600)); }));
}

TEST(Confine, RemovesAndRenamesNothing) {
  EXPECT_EQ(0, confined({}, [] { return refused(unlink("/tmp/nothing-of-that-name")); }));
  EXPECT_EQ(0, confined({}, [] { return refused(rename("/tmp/nothing-a", "/tmp/nothing-b")); }));
}

TEST(Confine, StartsNoProgramAndNoProcess) {
  EXPECT_EQ(0, confined({}, [] {
              char* arguments[] = {nullptr};
              return refused(execve("/bin/true", arguments, arguments));
            }));
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_EQ(0, confined({}, [] { return refused(fork()); }));
#endif
}

TEST(Confine, KeepsThreadsMemoryFilesAndDescriptors) {
  EXPECT_EQ(0, confined({}, [] {
              int answer = 1;
              std::thread([&] { answer = 0; }).join();
              return answer;
            }));
  EXPECT_EQ(0, confined({}, [] {
              const int memory = memfd_create("x", MFD_CLOEXEC);
              return write(memory, "x", 1) == 1 && fdatasync(memory) == 0 ? 0 : 1;
            }));
}

TEST(Confine, StillLoadsCharacterSetConverters) {
  EXPECT_EQ(0, confined({}, [] {
              return iconv_open("UTF-8", "ISO-2022-JP") != reinterpret_cast<iconv_t>(-1) ? 0 : 1;
            }));
}

TEST(Confine, LeavesNoCoreAndCannotRaiseItsLimits) {
  EXPECT_EQ(0, confined({}, [] {
              rlimit core{};
              return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? 0 : 1;
            }));
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_EQ(0, confined({}, [] {
              const rlimit low{1 << 30, 1 << 30};
              return refused(setrlimit(RLIMIT_DATA, &low));
            }));
  EXPECT_EQ(0, confined({.memory = 64u << 20}, [] {
              char* block = new (std::nothrow) char[128u << 20];
              return block == nullptr ? 0 : 1;
            }));
#endif
}

}  // namespace
