// What both sides of the portal share: configuration, store, files, time.
#pragma once

#include <atomic>

#include "base/guarded.h"
#include "portal/blob_files.h"
#include "portal/config.h"
#include "portal/portal_time.h"
#include "portal/store.h"

namespace portal {

class Core {
 public:
  // Takes the directory for this program alone (a second one is refused), opens the database and
  // sweeps files that no row knows.
  static base::Result<std::unique_ptr<Core>> open(const Config& config);

  struct Now {
    base::UnixSeconds time = 0;
    bool jumped = false;  // serve nothing, delete nothing
  };
  Now now();
  // Dispatch says what time it is; false when that is not the time of this machine.
  base::Result<bool> confirm_time(base::UnixSeconds dispatch_now);

  // Every few seconds: keeps the time, ends what has ended, writes the count of unproved requests.
  base::Status tick();
  void count_unproved() { ++unproved_; }

  const Config config;
  base::Guarded<Store> store;
  const BlobFiles files;

 private:
  Core(const Config& settings, Store opened, BlobFiles folder, disk::Descriptor lock);
  base::Status sweep();
  base::Status keep_time();
  base::Status note_unproved(base::UnixSeconds now);

  disk::Descriptor lock_;
  base::Guarded<PortalTime> time_;
  std::atomic<std::uint64_t> unproved_{0};
  std::atomic<base::Milliseconds> unproved_noted_{0};
};

}  // namespace portal
