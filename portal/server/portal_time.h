// The portal's own time: the highest value ever seen, so that setting a clock back prolongs
// nothing. A jump forward of more than an hour is not believed until dispatch confirms it. Pure:
// readings are arguments.
#pragma once

#include <string>

#include "base/clock.h"

namespace portal {

inline constexpr base::UnixSeconds kJumpSeconds = 3600;
inline constexpr base::UnixSeconds kConfirmTolerance = 300;

struct Reading {
  base::UnixSeconds wall = 0;
  base::Milliseconds uptime = 0;  // since boot, suspended time included
  std::string boot;               // another value after every boot
};
Reading read_clocks();

class PortalTime {
 public:
  struct Kept {  // what survives a restart
    base::UnixSeconds highest = 0;
    Reading last;
  };

  PortalTime() = default;
  explicit PortalTime(Kept kept) : kept_(std::move(kept)), begun_(true) {}

  void observe(const Reading& reading);
  // Dispatch says what time it is; true when that agrees with the reading, which then counts.
  bool confirm(base::UnixSeconds dispatch_now, const Reading& reading);

  base::UnixSeconds now() const { return kept_.highest; }
  bool jumped() const { return jumped_; }  // nothing is served, nothing is deleted
  const Kept& kept() const { return kept_; }

 private:
  void believe(const Reading& reading);
  Kept kept_;
  bool begun_ = false;
  bool jumped_ = false;
};

}  // namespace portal
