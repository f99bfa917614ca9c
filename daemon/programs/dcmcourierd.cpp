// dcmcourierd ROLE: starts the program of that role; `run` starts all five in the foreground as
// children, for demos, containers and development, and starts again what ends.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "settings/settings.h"

namespace {

constexpr int kUsage = 64, kUnavailable = 69, kConfig = 78;
constexpr std::array<const char*, 5> kRoles = {"dispatch", "receive", "work", "verify", "send"};

int help(FILE* to, int code) {
  std::fputs(
      "usage: dcmcourierd run [--config FILE]        all five roles in the foreground\n"
      "       dcmcourierd ROLE [OPTION...]           one of receive, dispatch, work, verify, send\n"
      "       dcmcourierd --version\n",
      to);
  return code;
}

std::string sibling(const std::string& role) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / ("dcmcourierd-" + role)).string();
}

[[noreturn]] void become(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  std::perror(program.c_str());
  _exit(kUnavailable);
}

std::vector<std::string> arguments_of(const std::string& role, const std::string& config,
                                      const settings::Settings& settings) {
  std::vector<std::string> arguments = {sibling(role)};
  const auto socket = settings.runtime_directory + "/" + role + ".sock";
  const bool confined = role == "work" || role == "verify";
  if (!confined) arguments.insert(arguments.end(), {"--config", config});
  if (confined || role == "send") arguments.insert(arguments.end(), {"--socket", socket});
  const std::map<std::string, unsigned> children = {{"work", settings.workers.work},
                                                    {"verify", settings.workers.verify},
                                                    {"send", settings.workers.send}};
  const auto count = children.find(role);
  if (count != children.end())
    arguments.insert(arguments.end(), {"--children", std::to_string(count->second)});
  return arguments;
}

// Holds the five children. A role that ends is started again after a second.
class House {
 public:
  House(std::string config, settings::Settings settings)
      : config_(std::move(config)), settings_(std::move(settings)) {
    sigemptyset(&watched_);
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&watched_, signal);
    sigprocmask(SIG_BLOCK, &watched_, &before_);
  }

  int run() {
    for (const char* role : kRoles) start(role);
    for (;;) {
      const timespec second{1, 0};
      const int signal = sigtimedwait(&watched_, nullptr, &second);
      if (signal == SIGTERM || signal == SIGINT) break;
      if (signal == SIGHUP) tell_all(SIGHUP);
      start_again(reap());
    }
    return stop();
  }

 private:
  void start(const std::string& role) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (getppid() != parent) _exit(0);
      sigprocmask(SIG_SETMASK, &before_, nullptr);
      become(sibling(role), arguments_of(role, config_, settings_));
    }
    if (child > 0) children_[child] = role;
  }

  std::vector<std::string> reap() {
    std::vector<std::string> ended;
    int status = 0;
    for (pid_t child; (child = waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto found = children_.find(child);
      if (found == children_.end()) continue;
      std::fprintf(stderr, "<4>dcmcourierd: %s ended (%s %d)\n", found->second.c_str(),
                   WIFSIGNALED(status) ? "signal" : "exit",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
      ended.push_back(found->second);
      children_.erase(found);
    }
    return ended;
  }

  void start_again(const std::vector<std::string>& roles) {
    if (roles.empty()) return;
    sleep(1);
    for (const auto& role : roles) start(role);
  }

  void tell_all(int signal) {
    for (const auto& [child, role] : children_) kill(child, signal);
  }

  // Dispatch last: the others finish what they have in hand, and it is dispatch that hears of it.
  int stop() {
    for (const auto& [child, role] : children_)
      if (role != "dispatch") kill(child, SIGTERM);
    while (others_run() && wait_for_one()) {
    }
    tell_all(SIGTERM);
    while (wait_for_one()) {
    }
    return 0;
  }

  bool others_run() const {
    return std::any_of(children_.begin(), children_.end(),
                       [](const auto& child) { return child.second != "dispatch"; });
  }

  bool wait_for_one() {
    const pid_t child = waitpid(-1, nullptr, 0);
    children_.erase(child);
    return child > 0;
  }

  std::string config_;
  settings::Settings settings_;
  sigset_t watched_{}, before_{};
  std::map<pid_t, std::string> children_;
};

int run(int argc, char** argv) {
  std::string config = "/etc/dcmcourier/dcmcourier.yaml";
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--config") != 0 || i + 1 == argc) return help(stderr, kUsage);
    config = argv[++i];
  }
  auto loaded = settings::load(config);
  for (const auto& complaint : loaded.complaints)
    std::fprintf(stderr, "%s\n", settings::to_string(complaint).c_str());
  if (!loaded.complaints.empty()) return kConfig;
  return House(config, std::move(loaded.settings)).run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return help(stderr, kUsage);
  const std::string word = argv[1];
  if (word == "--help" || word == "-h") return help(stdout, 0);
  if (word == "--version") return std::puts("dcmcourierd " DCMCOURIER_VERSION) < 0;
  if (word == "run") return run(argc, argv);
  for (const char* role : kRoles) {
    if (word != role) continue;
    std::vector<std::string> arguments = {sibling(role)};
    arguments.insert(arguments.end(), argv + 2, argv + argc);
    become(sibling(role), std::move(arguments));
  }
  return help(stderr, kUsage);
}
