// dcmcourierd-dispatch: ledger, keys, schedule and the control socket. No network, no DCMTK, no
// curl.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "journal/events.h"
#include "journal/journal.h"
#include "service/dispatch.h"

namespace {

constexpr int kUsage = 64, kSoftware = 70, kTemporary = 75, kConfig = 78;

int help(FILE* to, int code) {
  std::fputs(
      "usage: dcmcourierd-dispatch [--config FILE | --help | --version]\n"
      "Keeps the ledger, schedules the work and answers dcmcourier. Signals: SIGHUP reads the "
      "settings again,\n"
      "SIGTERM ends.\n",
      to);
  return code;
}

// What the next start may find repaired is no mistake of an administrator: 78 ends the starting.
int fail(const base::Fault& fault, int code) {
  journal::fault("start", fault);
  return fault.remedy == base::Remedy::RetryLater ? kTemporary : code;
}

}  // namespace

int main(int argc, char** argv) {
  std::string config = "/etc/dcmcourier/dcmcourier.yaml";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--help") == 0) return help(stdout, 0);
    if (std::strcmp(argv[i], "--version") == 0)
      return std::puts("dcmcourierd-dispatch " DCMCOURIER_VERSION) < 0;
    if (std::strcmp(argv[i], "--config") != 0 || i + 1 == argc) return help(stderr, kUsage);
    config = argv[++i];
  }
  journal::begin("dispatch");
  std::signal(SIGPIPE, SIG_IGN);
  umask(0007);  // nothing for others; receive shares the spool by group
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);

  auto loaded = settings::load(config);
  for (const auto& complaint : loaded.complaints)
    std::fprintf(stderr, "%s\n", settings::to_string(complaint).c_str());
  if (!loaded.complaints.empty()) return kConfig;
  auto house = service::House::open(config, std::move(loaded.settings));
  if (!house.ok()) return fail(house.fault(), kConfig);
  const auto swept = service::sweep(*house.value());
  if (!swept.ok()) return fail(swept.fault(), kSoftware);
  auto dispatch = service::Dispatch::create(*house.value());
  if (!dispatch.ok()) return fail(dispatch.fault(), kSoftware);
  return dispatch.value()->run();
}
