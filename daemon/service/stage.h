// A stage claims a piece of work, hands it to a child of its role as a job, and commits what came
// back. Claims are hints in memory: after a restart everything is simply found again.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "jobs/json.h"
#include "service/house.h"

namespace service {

enum class Role : std::uint8_t { Work, Verify, Send };

// Holds a key in a set for as long as it lives, so that nothing is handed out twice.
class Claim {
 public:
  Claim(std::set<std::int64_t>& claimed, std::int64_t key) : claimed_(&claimed), key_(key) {
    claimed.insert(key);
  }
  Claim(Claim&& other) noexcept
      : claimed_(std::exchange(other.claimed_, nullptr)), key_(other.key_) {}
  Claim& operator=(Claim&&) = delete;
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    if (claimed_ != nullptr) claimed_->erase(key_);
  }

 private:
  std::set<std::int64_t>* claimed_;
  std::int64_t key_;
};

// A job in a child's hands.
class Lease {
 public:
  virtual ~Lease() = default;
  virtual jobs::Packet take_job() = 0;  // once
  // Instances that the child asks for while it works.
  virtual base::Result<jobs::Packet> more(const jobs::Fetch&) {
    return base::reject("service.lease", "this job has no instances to fetch");
  }
  virtual base::Status finish(jobs::FromChild reply) = 0;
  virtual base::Status lost() = 0;  // the child died with it
  // Asked whenever the child reports progress: false ends it, as if it had died.
  virtual bool wanted() { return true; }
  jobs::Progress progress;
  std::string what;  // "prepare bundle 3": for status
};

class Stage {
 public:
  virtual ~Stage() = default;
  virtual Role role() const = 0;
  virtual base::Result<std::unique_ptr<Lease>> claim() = 0;  // nullptr: nothing to do now
};

inline base::Fault unexpected_reply() {
  return base::reject("service.lease", "a reply of another kind");
}

}  // namespace service
