// The two passes over one instance. Pass 1 de-identifies, searches and measures it, and keeps what
// the ZIP will store of it where that is small; pass 2 makes again what was not kept, and must make
// the same.
#pragma once

#include <map>
#include <mutex>

#include "deidentify/engine.h"
#include "jobs/work.h"
#include "pack/measure.h"
#include "pack/record_keys.h"

namespace pack {

inline constexpr std::uint64_t kKeptInMemory = 8u << 20;

// What all instances of a bundle share.
struct Workshop {
  const deidentify::Engine* engine = nullptr;  // nullptr: the data set leaves unchanged
  bool compress = true;
  std::mutex large;  // one instance above kKeptInMemory at a time is held in memory to be deflated
};

struct FirstPass {
  jobs::SealedInstance sealed;
  base::Status outcome = base::Done{};  // Reject: a setback; another Fault: a broken disk
  Head head;
  std::uint64_t size = 0, stored = 0;
  std::uint32_t crc = 0;
  Digest sha256{};
  Method method = Method::Stored;
  bool is_kept = false;
  base::Bytes kept;  // `stored` bytes, when is_kept
  std::map<std::string, std::uint64_t> counts;
};

FirstPass first_pass(jobs::SealedInstance sealed, Workshop& workshop);

// Gives `out` the bytes to store, piece by piece. Reject when they are not those of pass 1.
base::Status second_pass(const FirstPass& first, Workshop& workshop,
                         const std::function<base::Status(base::ByteView)>& out);

}  // namespace pack
