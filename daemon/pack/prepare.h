// Preparing a bundle: the study's instances de-identified, scanned, packed and sealed in two passes
// (ARCHITECTURE.md), in constant memory.
#pragma once

#include "jobs/client.h"
#include "recognize/reader.h"

namespace pack {

// Where the instances come from: jobs::Client in the daemon, memory in tests.
class Feed {
 public:
  virtual ~Feed() = default;
  virtual base::Result<std::vector<jobs::SealedInstance>> fetch(std::uint32_t from,
                                                                std::uint32_t count) = 0;
  virtual base::Status progress(std::uint64_t done, std::uint64_t of) = 0;
};

// A Fault is a broken pipe or disk; everything that the content causes is a reply with its reason.
// `reader` reads what is left in pixels that are blanked; without one such images are quarantined.
base::Result<jobs::PrepareReply> prepare(const jobs::PrepareJob& job, Feed& feed,
                                         recognize::Reader* reader = nullptr);

}  // namespace pack
