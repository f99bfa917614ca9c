#include "offline/child.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "confine/confine.h"
#include "recognize/shared_reader.h"

namespace offline {
namespace {

constexpr std::uint64_t kChildMemory = 768u << 20;  // as a child of work has it

[[noreturn]] void live(int socket, const std::function<void()>& forget) {
  forget();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_IGN);  // the terminal tells the command, which ends its child
  signal(SIGTERM, SIG_DFL);
  recognize::SharedReader reader;  // opens its file while it may
  const auto confined = confine::lock_down({.dial_out = false, .memory = kChildMemory});
  if (!confined.ok()) std::fprintf(stderr, "dcmcourier: %s\n", confined.fault().what.c_str());
  _exit(confined.ok() ? serve(socket, reader) : 1);
}

base::Fault lost() {
  return base::reject("offline.child", "the process that read it crashed or grew too large");
}

}  // namespace

base::Result<Child> Child::start(const std::function<void()>& forget) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return disk::system_fault("offline.child", "socketpair", errno);
  disk::Descriptor ours(pair[0]), theirs(pair[1]);
  std::fflush(nullptr);
  const pid_t id = fork();
  if (id < 0) return disk::system_fault("offline.child", "fork", errno);
  if (id == 0) {
    ours.close();
    live(theirs.get(), forget);
  }
  return Child(id, std::move(ours));
}

Child::Child(Child&& other) noexcept
    : id_(std::exchange(other.id_, -1)), socket_(std::move(other.socket_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    id_ = std::exchange(other.id_, -1);
    socket_ = std::move(other.socket_);
  }
  return *this;
}

Child::~Child() { end(); }

void Child::end() {
  if (id_ < 0) return;
  socket_.close();
  kill(id_, SIGKILL);  // it holds nothing that would be lost
  while (waitpid(id_, nullptr, 0) < 0 && errno == EINTR) continue;
  id_ = -1;
}

base::Result<jobs::Packet> Child::ask(Question question) {
  if (!jobs::send_packet(socket_.get(), write(std::move(question))).ok()) return lost();
  auto answer = jobs::receive_packet(socket_.get());
  if (!answer.ok() || !answer.value()) return lost();
  return std::move(*answer.value());
}

}  // namespace offline
