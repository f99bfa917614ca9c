#include "supervise/supervise.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

#include "base/clock.h"

namespace supervise {
namespace {

// Milliseconds between two signs of life: a third of what the watchdog allows. 0: no watchdog.
base::Milliseconds pause() {
  static const base::Milliseconds value = [] {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return base::Milliseconds{0};
    return static_cast<base::Milliseconds>(microseconds / 3000 + 1);
  }();
  return value;
}

}  // namespace

void serving() { sd_notify(0, "READY=1"); }

// The time lets a systemd that knows Type=notify-reload tell this reload from an earlier one.
void reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
             static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

void stopping() { sd_notify(0, "STOPPING=1"); }

void turned() {
  static base::Milliseconds next = 0;
  if (pause() == 0) return;
  const base::Clock clock;
  if (clock.monotonic() < next) return;
  next = clock.monotonic() + pause();
  sd_notify(0, "WATCHDOG=1");
}

}  // namespace supervise
