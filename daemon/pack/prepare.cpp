#include "pack/prepare.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "deidentify/overrides.h"
#include "pack/bundle.h"
#include "pack/instance.h"
#include "pack/ordered.h"

namespace pack {
namespace {

constexpr std::uint32_t kBatch = 64;          // instances fetched at once, each an open descriptor
constexpr std::uint32_t kProgressEvery = 16;  // instances
constexpr std::chrono::seconds kProgressAtLeast{30};

unsigned workers() { return std::clamp(std::thread::hardware_concurrency(), 1u, 2u); }

base::Result<std::optional<deidentify::Engine>> engine_for(const jobs::PrepareJob& job,
                                                           recognize::Reader* reader) {
  if (job.profile.base == "none") return std::optional<deidentify::Engine>();
  if (job.profile.base != "basic")
    return base::reject("pack.profile", "an unknown de-identification profile");
  deidentify::Choices choices;
  choices.options = TRY(deidentify::parse_options(job.profile.options));
  choices.overrides = TRY(deidentify::parse_overrides(job.profile.overrides));
  if (job.profile.blocklist) choices.text = deidentify::TextMode::BlockList;
  choices.site = {job.site.names, job.site.number_patterns, job.site.allowed_words,
                  job.site.device_rules};
  deidentify::PatientMap map{job.uid_key.copy(), job.pseudonym, job.shift_days};
  return std::optional<deidentify::Engine>(
      TRY(deidentify::Engine::create(choices, std::move(map), job.identifiers, reader)));
}

// One job from its first fetch to its reply. A Fault that leaves run() is the reply's reason, but
// for RetryLater, which ends the job.
class Preparation {
 public:
  Preparation(const jobs::PrepareJob& job, Feed& feed, Workshop& workshop)
      : job_(job), feed_(feed), workshop_(workshop) {}

  base::Status run();
  jobs::PrepareReply& reply() { return reply_; }

 private:
  base::Status fill(Ordered<jobs::SealedInstance, FirstPass>& passing, std::size_t depth);
  base::Status tell_progress();
  base::Status consume(FirstPass first);
  base::Status fail(const FirstPass& first);
  base::Status finish();

  const jobs::PrepareJob& job_;
  Feed& feed_;
  Workshop& workshop_;
  std::optional<Bundle> bundle_;  // none when it can no longer be sealed
  jobs::PrepareReply reply_;
  std::vector<jobs::SealedInstance> fetched_;  // the next one last
  std::uint32_t asked_ = 0;
  std::uint32_t done_ = 0;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

base::Status Preparation::run() {
  bundle_ = TRY(Bundle::create(job_));
  // Each worker has one in hand, and one waits measured while another is sealed.
  const unsigned count = workers();
  Ordered<jobs::SealedInstance, FirstPass> passing(count, [this](jobs::SealedInstance sealed) {
    return first_pass(std::move(sealed), workshop_);
  });
  for (;;) {
    TRY(fill(passing, count + 1));
    if (passing.in_flight() == 0) return finish();
    TRY(consume(passing.take()));
    ++done_;
    TRY(tell_progress());
  }
}

// Where pixels are read, one instance may take minutes.
base::Status Preparation::tell_progress() {
  const auto now = std::chrono::steady_clock::now();
  if (done_ % kProgressEvery != 0 && now - told_ < kProgressAtLeast) return base::Done{};
  told_ = now;
  return feed_.progress(done_, job_.instances);
}

base::Status Preparation::fill(Ordered<jobs::SealedInstance, FirstPass>& passing,
                               std::size_t depth) {
  while (passing.in_flight() < depth) {
    if (fetched_.empty() && asked_ < job_.instances) {
      const std::uint32_t count = std::min(kBatch, job_.instances - asked_);
      fetched_ = TRY(feed_.fetch(asked_, count));
      if (fetched_.size() != count)
        return base::retry_later("pack.fetch", "fewer instances than the job has");
      std::reverse(fetched_.begin(), fetched_.end());
      asked_ += count;
    }
    if (fetched_.empty()) return base::Done{};
    passing.give(std::move(fetched_.back()));
    fetched_.pop_back();
  }
  return base::Done{};
}

base::Status Preparation::consume(FirstPass first) {
  if (!first.outcome.ok()) return fail(first);
  for (const auto& [action, elements] : first.counts) reply_.counts[action] += elements;
  if (!bundle_) return base::Done{};
  return bundle_->add(std::move(first), workshop_);
}

// The rest is still examined when nothing will be sealed, so that the administrator sees all
// setbacks at once.
base::Status Preparation::fail(const FirstPass& first) {
  const base::Fault& fault = first.outcome.fault();
  if (fault.remedy != base::Remedy::Reject) return fault;
  reply_.setbacks.push_back({first.sealed.instance, fault.what});
  if (!job_.profile.drop_instance) bundle_.reset();
  return base::Done{};
}

base::Status Preparation::finish() {
  if (!bundle_)
    return base::reject("pack.prepare", reply_.setbacks.size() == 1
                                            ? "1 instance was quarantined"
                                            : std::to_string(reply_.setbacks.size()) +
                                                  " instances were quarantined");
  if (bundle_->instances() == 0) return base::reject("pack.prepare", "no instance is left to send");
  reply_.released = bundle_->instances();
  reply_.series = bundle_->series();
  const auto blobs = TRY(bundle_->finish(workshop_));
  reply_.package = blobs.package;
  reply_.index = blobs.index;
  reply_.sealed = true;
  return feed_.progress(job_.instances, job_.instances);
}

base::Status leave_nothing(const jobs::PrepareJob& job) {
  TRY(emptied(job.package.get()));
  return emptied(job.index.get());
}

jobs::PrepareReply refusal(const jobs::PrepareReply& so_far, const std::string& reason) {
  jobs::PrepareReply reply;
  reply.reason = reason;
  reply.setbacks = so_far.setbacks;
  reply.counts = so_far.counts;
  return reply;
}

}  // namespace

base::Result<jobs::PrepareReply> prepare(const jobs::PrepareJob& job, Feed& feed,
                                         recognize::Reader* reader) {
  auto engine = engine_for(job, reader);
  if (!engine.ok()) {
    if (engine.fault().remedy == base::Remedy::RetryLater) return engine.fault();
    return refusal({}, engine.fault().what);
  }
  Workshop workshop;
  if (engine.value()) workshop.engine = &*engine.value();
  workshop.compress = job.compress;
  Preparation preparation(job, feed, workshop);
  const base::Status status = preparation.run();
  if (status.ok()) return std::move(preparation.reply());
  TRY(leave_nothing(job));
  if (status.fault().remedy == base::Remedy::RetryLater) return status.fault();
  return refusal(preparation.reply(), status.fault().what);
}

}  // namespace pack
