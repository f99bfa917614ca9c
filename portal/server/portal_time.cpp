#include "portal/portal_time.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace portal {

Reading read_clocks() {
  static const std::string boot = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
  }();
  timespec wall{};
  timespec up{};
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_BOOTTIME, &up);
  return {wall.tv_sec, static_cast<base::Milliseconds>(up.tv_sec) * 1000 + up.tv_nsec / 1'000'000,
          boot};
}

void PortalTime::believe(const Reading& reading) {
  kept_.last = reading;
  kept_.highest = std::max(kept_.highest, reading.wall);
  begun_ = true;
  jumped_ = false;
}

void PortalTime::observe(const Reading& reading) {
  if (!begun_) return believe(reading);
  // Within one boot the uptime says how far the wall clock may have come, also over a restart of
  // the program; after another boot nothing does.
  base::UnixSeconds expected = kept_.last.wall;
  if (reading.boot == kept_.last.boot && !reading.boot.empty())
    expected += (reading.uptime - kept_.last.uptime) / 1000;
  if (reading.wall > std::max(expected, kept_.highest) + kJumpSeconds)
    jumped_ = true;
  else
    believe(reading);
}

bool PortalTime::confirm(base::UnixSeconds dispatch_now, const Reading& reading) {
  if (std::llabs(dispatch_now - reading.wall) > kConfirmTolerance) return false;
  believe(reading);
  return true;
}

}  // namespace portal
