// Publishing: the two blobs of a sealed bundle to the portal, one job each, under the ids that we
// chose. The outbox keeps nothing that the portal has confirmed.
#include "base/panic.h"
#include "journal/events.h"
#include "seal/primitives.h"
#include "service/figures.h"
#include "service/outbox.h"
#include "service/reidentify.h"
#include "service/retry.h"
#include "service/stages.h"

namespace service {
namespace {

constexpr int kMostAgain = 3;

// What the portal may hold under ids that the next sealing replaces, as a bundle that nobody wants:
// ending deletes it there.
base::Status leave_to_ending(House& house, ledger::Bundle old) {
  old.preparation.resize(32);
  seal::random_bytes(old.preparation);
  old.ahead = "overtaken";
  old.state = "published";
  old.package_up = old.index_up = true;
  old.attempts = old.next_attempt = 0;
  old.held.clear();
  TRY(house.ledger->bundle_for(old));
  return base::Done{};
}

// The sealed file was lost, or is not what was sealed: everything that leads here is repeatable,
// under new ids.
base::Status prepare_again(House& house, ledger::Bundle bundle, const std::string& why) {
  TRY(forget_bundle_content(house, bundle));
  const ledger::Bundle old = bundle;
  bundle.state = "planned";
  bundle.package_up = bundle.index_up = false;
  return house.ledger->commit([&]() -> base::Status {
    TRY(leave_to_ending(house, old));
    TRY(house.ledger->update(bundle, "sealed"));
    return house.ledger->audit("bundle.prepare_again",
                               {{"bundle", std::to_string(bundle.id)}, {"reason", why}});
  });
}

class UploadLease : public Lease {
 public:
  UploadLease(House& house, ledger::Bundle bundle, jobs::UploadJob job, Claim claim)
      : house_(house), bundle_(std::move(bundle)), job_(std::move(job)), claim_(std::move(claim)) {
    what = "upload bundle " + std::to_string(bundle_.id);
  }
  jobs::Packet take_job() override { return jobs::write(jobs::SendJob(std::move(job_))); }

  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    if (!sent->done) return failed(*sent);
    house_.hints.upload_answer.erase(bundle_.id);
    TRY(heed_administrator(house_, bundle_));
    (bundle_.package_up ? bundle_.index_up : bundle_.package_up) = true;
    bundle_.attempts = bundle_.next_attempt = 0;
    const bool whole = bundle_.package_up && bundle_.index_up;
    if (whole) bundle_.state = "published";
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle_, "sealed"));
      TRY(house_.ledger->set_note(kLastUpload, std::to_string(house_.now())));
      if (!whole) return base::Done{};
      return house_.ledger->audit("bundle.published", {{"bundle", std::to_string(bundle_.id)}});
    }));
    if (!whole) return base::Done{};
    journal::bundle_published(bundle_.id);
    TRY(remove_outbox_file(house_, bundle_.package_id));
    return remove_outbox_file(house_, bundle_.index_id);
  }

  base::Status lost() override { return failed(lost_reply()); }
  bool wanted() override {
    const auto used = house_.ledger->bundle_in_use(bundle_.id);
    return !used.ok() || used.value();
  }

 private:
  base::Status failed(const jobs::SendReply& reply) {
    TRY(heed_administrator(house_, bundle_));
    if (reply.remedy == base::Remedy::Reject &&
        ++house_.hints.prepared_again[bundle_.id] <= kMostAgain)
      return prepare_again(house_, bundle_, reply.text);
    const std::string held_by_others = bundle_.held;
    const bool held = postpone(house_, bundle_, reply, since());
    house_.hints.upload_answer[bundle_.id] = reply.text;
    if (!held_by_others.empty()) bundle_.held = held_by_others;
    if (held) journal::bundle_held(bundle_.id, bundle_.held);
    if (!held) journal::delivery_retried(what, reply.text, bundle_.next_attempt - house_.now());
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle_, "sealed"));
      return held ? house_.ledger->audit("bundle.held", {{"bundle", std::to_string(bundle_.id)},
                                                         {"reason", reply.text}})
                  : base::Status(base::Done{});
    });
  }

  base::UnixSeconds since() {
    const auto study = house_.ledger->study(bundle_.study);
    return study.ok() && study.value() ? study.value()->last_receipt : house_.now();
  }

  House& house_;
  ledger::Bundle bundle_;
  jobs::UploadJob job_;
  Claim claim_;
};

class Upload : public Stage {
 public:
  explicit Upload(House& house) : house_(house) {}
  Role role() const override { return Role::Send; }
  base::Result<std::unique_ptr<Lease>> claim() override {
    for (auto& bundle : TRY(house_.ledger->bundles_in("sealed"))) {
      if (!bundle.held.empty() || !expire::due(bundle.next_attempt, house_.now()) ||
          house_.hints.bundles_in_hand.contains(bundle.id))
        continue;
      if (!TRY(house_.ledger->bundle_in_use(bundle.id))) continue;
      if (!TRY(is_entered_or_stopped(bundle))) continue;
      auto job = job_for(bundle);
      if (!job.ok() && job.fault().remedy == base::Remedy::RetryLater)
        return std::move(job).fault();
      if (!job.ok()) {
        TRY(prepare_again(house_, std::move(bundle), job.fault().what));
        continue;
      }
      Claim claim(house_.hints.bundles_in_hand, bundle.id);
      return std::unique_ptr<Lease>(std::make_unique<UploadLease>(
          house_, std::move(bundle), std::move(job).value(), std::move(claim)));
    }
    return std::unique_ptr<Lease>();
  }

 private:
  // Nothing leaves without its entry in the vault, where its route asks for one. A vault that was
  // lost, or is of another day, gets it by preparing again.
  base::Result<bool> is_entered_or_stopped(ledger::Bundle& bundle) {
    const auto entered = may_leave(house_, bundle);
    if (entered.ok() && entered.value()) return true;
    if (entered.ok()) {
      TRY(prepare_again(house_, bundle, "its entry is gone from the vault"));
    } else if (entered.fault().remedy == base::Remedy::RetryLater) {
      complain(house_, "vault", entered.fault());
    } else {
      TRY(hold(bundle, "the vault: " + entered.fault().what));
    }
    return false;
  }

  base::Status hold(ledger::Bundle& bundle, const std::string& reason) {
    bundle.held = reason;
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle, "sealed"));
      return house_.ledger->audit("bundle.held",
                                  {{"bundle", std::to_string(bundle.id)}, {"reason", reason}});
    }));
    journal::bundle_held(bundle.id, reason);
    return base::Done{};
  }

  base::Result<jobs::UploadJob> job_for(const ledger::Bundle& bundle) {
    const bool index = bundle.package_up;
    const auto& id = index ? bundle.index_id : bundle.package_id;
    const auto& sums = index ? bundle.index_sums : bundle.package_sums;
    jobs::UploadJob job;
    if (id.size() != job.blob.size() || sums.size() != job.sums_sha256.size())
      PANIC("a sealed bundle without ids");
    std::copy(id.begin(), id.end(), job.blob.begin());
    std::copy(sums.begin(), sums.end(), job.sums_sha256.begin());
    job.sealed_length =
        static_cast<std::uint64_t>(index ? bundle.index_sealed : bundle.package_sealed);
    job.file = TRY(open_outbox_file(house_, id));
    return job;
  }

  House& house_;
};

}  // namespace

std::unique_ptr<Stage> make_upload(House& house) { return std::make_unique<Upload>(house); }

}  // namespace service
