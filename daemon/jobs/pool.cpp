// The pool's parent: forks, waits, forks again. It never connects and never holds a key.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "base/clock.h"
#include "jobs/client.h"
#include "supervise/supervise.h"

namespace jobs {
namespace {

constexpr base::Milliseconds kPause = 1000;  // before a child that failed is replaced
constexpr base::Milliseconds kStopPatience = 10'000;
constexpr int kNoDispatch = 75;  // EX_TEMPFAIL: nobody to connect to

void limit(int resource, rlim_t value) {
  const rlimit bound{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &bound);
}

// Runs in the child. The job's wall time is bounded by an alarm that kills; code that was hijacked
// could clear it, but then holds only this one job.
[[noreturn]] void live(const Pool& pool, const sigset_t& before,
                       const std::function<base::Status(Client&)>& one_job,
                       const std::function<void(const base::Fault&)>& complain) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int signal : {SIGTERM, SIGINT, SIGCHLD, SIGHUP}) ::signal(signal, SIG_DFL);
  sigprocmask(SIG_SETMASK, &before, nullptr);
#ifndef __SANITIZE_ADDRESS__
  if (pool.memory_limit > 0) limit(RLIMIT_DATA, pool.memory_limit);
#endif
  auto client = Client::connect(pool.socket_path, {pool.seconds_limit, true});
  if (!client.ok()) _exit(kNoDispatch);
  const auto done = one_job(client.value());
  if (!done.ok() && done.fault().remedy != base::Remedy::RetryLater) complain(done.fault());
  // exit() rather than _exit(): sanitizers report at exit.
  std::exit(done.ok() ? 0 : kNoDispatch);
}

class Parent {
 public:
  Parent(const Pool& pool, const std::function<base::Status(Client&)>& one_job,
         const std::function<void(const base::Fault&)>& complain)
      : pool_(pool), one_job_(one_job), complain_(complain) {
    sigemptyset(&watched_);
    for (int signal : {SIGTERM, SIGINT, SIGCHLD, SIGHUP}) sigaddset(&watched_, signal);
    sigprocmask(SIG_BLOCK, &watched_, &before_);
    limit(RLIMIT_CORE, 0);  // children inherit it
  }

  int run() {
    fill();
    supervise::serving();
    while (!stopping_) {
      wait();
      reap();
      fill();
      supervise::turned();
    }
    supervise::stopping();
    drain();
    return 0;
  }

 private:
  void fill() {
    while (children_.size() < pool_.children && clock_.monotonic() >= not_before_) {
      const pid_t child = fork();
      if (child == 0) live(pool_, before_, one_job_, complain_);
      if (child < 0) {
        not_before_ = clock_.monotonic() + kPause;
        return;
      }
      children_[child] = clock_.monotonic();
    }
  }

  void drain() {
    tell_children(SIGTERM);
    const base::Milliseconds end = clock_.monotonic() + kStopPatience;
    while (!children_.empty()) {
      wait();
      reap();
      if (clock_.monotonic() > end) tell_children(SIGKILL);
      supervise::turned();
    }
  }

  void tell_children(int signal) {
    for (const auto& [child, started] : children_) kill(child, signal);
  }

  void wait() {
    const timespec patience{0, 200'000'000};
    const int signal = sigtimedwait(&watched_, nullptr, &patience);
    if (signal == SIGTERM || signal == SIGINT) stopping_ = true;
  }

  void reap() {
    int status = 0;
    for (pid_t child; (child = waitpid(-1, &status, WNOHANG)) > 0;) {
      children_.erase(child);
      const bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      if (!fine) not_before_ = clock_.monotonic() + (WIFEXITED(status) ? kPause : kPause / 10);
      if (WIFSIGNALED(status) && !stopping_)
        complain_(base::retry_later(
            "jobs.pool", "a child was ended by signal " + std::to_string(WTERMSIG(status))));
    }
  }

  const Pool& pool_;
  const std::function<base::Status(Client&)>& one_job_;
  const std::function<void(const base::Fault&)>& complain_;
  base::Clock clock_;
  sigset_t watched_{}, before_{};
  std::map<pid_t, base::Milliseconds> children_;
  base::Milliseconds not_before_ = 0;
  bool stopping_ = false;
};

}  // namespace

int run_pool(const Pool& pool, const std::function<base::Status(Client&)>& one_job,
             const std::function<void(const base::Fault&)>& complain) {
  return Parent(pool, one_job, complain).run();
}

}  // namespace jobs
