// Verifying: a fresh child opens what work sealed, with dispatch's own keys, and judges it again.
// Only the digests that it returns ever enter a grant.
#include "journal/events.h"
#include "seal/schedule.h"
#include "seal/stream.h"
#include "service/facts.h"
#include "service/outbox.h"
#include "service/policy.h"
#include "service/retry.h"
#include "service/selection.h"
#include "service/stages.h"
#include "share/grant.h"

namespace service {
namespace {

constexpr std::int64_t kMaxCrashes = 3;

base::Result<jobs::BlobToVerify> blob_of(House& house, base::ByteView id,
                                         const std::string& key_name, share::Role role) {
  jobs::BlobToVerify blob;
  std::copy(id.begin(), id.end(), blob.id.begin());
  blob.file = TRY(open_outbox_file(house, id));
  if (!is_left_alone(blob.file))
    return base::retry_later("service.verify", "the child that sealed it still holds its file");
  std::array<std::uint8_t, seal::kHeaderSize> head{};
  TRY(disk::read_exact_at(blob.file.get(), head, 0));
  const auto key = TRY(house.ledger->keys().need(key_name));
  blob.segment_key = seal::segment_key(key, base::ByteView(head).subspan(1, seal::kSaltSize),
                                       seal::blob_ad(id, static_cast<std::uint8_t>(role)));
  return blob;
}

base::Result<jobs::VerifyJob> job_for(House& house, const ledger::Bundle& bundle) {
  const auto profile = TRY(parse_profile(bundle.profile));
  jobs::VerifyJob job;
  job.package =
      TRY(blob_of(house, bundle.package_id, package_key_name(bundle.id), share::Role::Package));
  job.index = TRY(blob_of(house, bundle.index_id, index_key_name(bundle.id), share::Role::Index));
  job.package.length = static_cast<std::uint64_t>(bundle.package_length);
  job.package.sealed_length = static_cast<std::uint64_t>(bundle.package_sealed);
  job.index.length = static_cast<std::uint64_t>(bundle.index_length);
  job.index.sealed_length = static_cast<std::uint64_t>(bundle.index_sealed);
  job.deidentified = profile.deidentify.base != "none";
  job.padded = profile.pad;
  job.instances = static_cast<std::uint32_t>(bundle.instances);
  job.identifiers = TRY(forbidden_in(house, bundle, profile));
  return job;
}

class VerifyLease : public Lease {
 public:
  VerifyLease(House& house, ledger::Bundle bundle, jobs::VerifyJob job, Claim claim)
      : house_(house), bundle_(std::move(bundle)), job_(std::move(job)), claim_(std::move(claim)) {
    what = "verify bundle " + std::to_string(bundle_.id);
  }
  jobs::Packet take_job() override { return jobs::write(std::move(job_)); }

  base::Status finish(jobs::FromChild reply) override {
    const auto* verified = std::get_if<jobs::VerifyReply>(&reply);
    if (verified == nullptr) return unexpected_reply();
    TRY(heed_administrator(house_, bundle_));
    if (!verified->clean) return give_up("verify refused it: " + short_reason(verified->reason));
    bundle_.state = "sealed";
    bundle_.attempts = 0;
    bundle_.package_sums = base::to_bytes(verified->package.sums_sha256);
    bundle_.index_sums = base::to_bytes(verified->index.sums_sha256);
    bundle_.package_sha256 = base::to_bytes(verified->package.sha256);
    bundle_.index_sha256 = base::to_bytes(verified->index.sha256);
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle_, "prepared"));
      return house_.ledger->audit("bundle.sealed",
                                  {{"bundle", std::to_string(bundle_.id)},
                                   {"sha256", base::to_hex(bundle_.package_sha256)},
                                   {"bytes", std::to_string(bundle_.package_sealed)}});
    }));
    journal::bundle_sealed(bundle_.id, bundle_.instances);
    return base::Done{};
  }

  base::Status lost() override {
    journal::child_lost("verify", what);
    TRY(heed_administrator(house_, bundle_));
    ++bundle_.attempts;
    if (bundle_.attempts >= kMaxCrashes)
      return give_up("the child that verified it crashed, hung or grew too large");
    return house_.ledger->commit([&] { return house_.ledger->update(bundle_, "prepared"); });
  }

 private:
  base::Status give_up(const std::string& reason) {
    TRY(forget_bundle_content(house_, bundle_));
    bundle_.state = "planned";
    bundle_.held = reason;
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle_, "prepared"));
      return house_.ledger->audit("bundle.held",
                                  {{"bundle", std::to_string(bundle_.id)}, {"reason", reason}});
    }));
    journal::bundle_held(bundle_.id, reason);
    return base::Done{};
  }

  House& house_;
  ledger::Bundle bundle_;
  jobs::VerifyJob job_;
  Claim claim_;
};

class Verify : public Stage {
 public:
  explicit Verify(House& house) : house_(house) {}
  Role role() const override { return Role::Verify; }
  base::Result<std::unique_ptr<Lease>> claim() override {
    for (auto& bundle : TRY(house_.ledger->bundles_in("prepared"))) {
      if (house_.hints.bundles_in_hand.contains(bundle.id)) continue;
      if (!TRY(house_.ledger->bundle_wanted(bundle.id))) continue;
      auto job = job_for(house_, bundle);
      if (!job.ok() && job.fault().remedy == base::Remedy::RetryLater) {
        complain_in_time(bundle.id, job.fault());
        continue;  // the others go on
      }
      if (!job.ok()) {
        TRY(prepare_again(std::move(bundle), job.fault().what));
        continue;
      }
      waiting_.erase(bundle.id);
      Claim claim(house_.hints.bundles_in_hand, bundle.id);
      return std::unique_ptr<Lease>(std::make_unique<VerifyLease>(
          house_, std::move(bundle), std::move(job).value(), std::move(claim)));
    }
    return std::unique_ptr<Lease>();
  }

 private:
  // The child that sealed it needs a moment to end; that is worth no line in the journal.
  void complain_in_time(std::int64_t bundle, const base::Fault& fault) {
    constexpr base::Milliseconds kPatience = 30'000;
    const auto now = house_.clock.monotonic();
    const auto since = waiting_.try_emplace(bundle, now).first->second;
    if (now - since > kPatience) complain(house_, "verify", fault);
  }

  // A lost outbox file or key: preparing is repeatable.
  base::Status prepare_again(ledger::Bundle bundle, const std::string& why) {
    TRY(forget_bundle_content(house_, bundle));
    bundle.state = "planned";
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle, "prepared"));
      return house_.ledger->audit("bundle.prepare_again",
                                  {{"bundle", std::to_string(bundle.id)}, {"reason", why}});
    });
  }

  House& house_;
  std::map<std::int64_t, base::Milliseconds> waiting_;  // bundle -> since when
};

}  // namespace

std::unique_ptr<Stage> make_verify(House& house) { return std::make_unique<Verify>(house); }

}  // namespace service
