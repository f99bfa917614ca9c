// Preparing: a planned bundle to a work child, which de-identifies, packs and seals it into files
// of the outbox that it was given. Nothing of what it claims is believed before verify has looked.
#include <algorithm>
#include <iterator>
#include <optional>

#include "journal/events.h"
#include "seal/primitives.h"
#include "seal/stream.h"
#include "service/facts.h"
#include "service/instances.h"
#include "service/outbox.h"
#include "service/outlook.h"
#include "service/policy.h"
#include "service/reidentify.h"
#include "service/report.h"
#include "service/retry.h"
#include "service/selection.h"
#include "service/stages.h"
#include "share/link.h"

namespace service {
namespace {

constexpr std::uint32_t kMaxFetch = 64;
constexpr std::int64_t kMaxCrashes = 3;
constexpr std::size_t kMaxCounts = 64;

// New ids, keys and files at every sealing, also when it is repeated after a crash.
base::Status make_blobs(House& house, ledger::Bundle& bundle, jobs::PrepareJob& job) {
  TRY(forget_bundle_content(house, bundle));
  seal::random_bytes(job.package_id);
  seal::random_bytes(job.index_id);
  job.package_key = seal::random_secret(32);
  job.index_key = seal::random_secret(32);
  TRY(house.ledger->keys().put(package_key_name(bundle.id), job.package_key));
  TRY(house.ledger->keys().put(index_key_name(bundle.id), job.index_key));
  bundle.package_id.assign(job.package_id.begin(), job.package_id.end());
  bundle.index_id.assign(job.index_id.begin(), job.index_id.end());
  TRY(house.ledger->commit([&] { return house.ledger->update(bundle, "planned"); }));
  job.package = TRY(make_outbox_file(house, bundle.package_id));
  job.index = TRY(make_outbox_file(house, bundle.index_id));
  return base::Done{};
}

// What a child claims of a blob, against the file that it wrote.
bool plausible(House& house, base::ByteView id, const jobs::SealedBlob& blob, bool pad) {
  const auto file = open_outbox_file(house, id);
  if (!file.ok() || blob.length == 0) return false;
  const auto size = disk::size_of(file.value().get());
  const std::uint64_t content = pad ? share::padded_size(blob.length) : blob.length;
  return size.ok() && size.value() == blob.sealed_length &&
         seal::sealed_size(content) == blob.sealed_length;
}

class PrepareLease : public Lease {
 public:
  PrepareLease(House& house, ledger::Bundle bundle, Selection selection, jobs::PrepareJob job,
               Claim claim)
      : house_(house),
        bundle_(std::move(bundle)),
        selection_(std::move(selection)),
        job_(std::move(job)),
        given_(given_now(house)),
        pad_(job_.pad),
        drop_(job_.profile.drop_instance),
        claim_(std::move(claim)) {
    what = "prepare bundle " + std::to_string(bundle_.id);
  }
  jobs::Packet take_job() override { return jobs::write(std::move(job_)); }

  base::Result<jobs::Packet> more(const jobs::Fetch& fetch) override {
    if (fetch.count == 0 || fetch.count > kMaxFetch || fetch.from > selection_.instances.size() ||
        fetch.count > selection_.instances.size() - fetch.from)
      return base::reject("service.prepare", "instances asked for that the job does not have");
    std::vector<jobs::SealedInstance> sealed;
    for (std::uint32_t i = 0; i < fetch.count; ++i) {
      const auto& instance = selection_.instances[fetch.from + i];
      auto one = hand_over(house_, instance);
      if (!one.ok() && one.fault().remedy == base::Remedy::Reject)
        missing_ = {instance, one.fault().what};
      sealed.push_back(TRY(std::move(one)));
    }
    return jobs::write_instances(std::move(sealed));
  }

  base::Status finish(jobs::FromChild reply) override {
    const auto* prepared = std::get_if<jobs::PrepareReply>(&reply);
    if (prepared == nullptr) return unexpected_reply();
    TRY(heed_administrator(house_, bundle_));
    if (prepared->setbacks.size() > selection_.instances.size() ||
        prepared->counts.size() > kMaxCounts)
      return give_up("the work child returned figures that do not fit", {});
    if (!prepared->sealed) return give_up(summary(*prepared), *prepared);
    const std::size_t accounted = prepared->released + prepared->setbacks.size();
    if (accounted != selection_.instances.size() || prepared->released == 0 ||
        (!drop_ && !prepared->setbacks.empty()) ||
        !plausible(house_, bundle_.package_id, prepared->package, pad_) ||
        !plausible(house_, bundle_.index_id, prepared->index, pad_))
      return give_up("the work child returned figures that do not fit", *prepared);
    return keep(*prepared);
  }

  // The study has grown since, or nobody is to have it any more: the bundle is deleted.
  bool wanted() override {
    const auto answer = house_.ledger->bundle_wanted(bundle_.id);
    return !answer.ok() || answer.value();
  }

  base::Status lost() override {
    if (!wanted()) return base::Done{};
    if (missing_) return go_on_without();
    journal::child_lost("work", what);
    TRY(heed_administrator(house_, bundle_));
    ++bundle_.attempts;
    if (bundle_.attempts >= kMaxCrashes)
      return give_up("the child that prepared it crashed, hung or grew too large", {});
    bundle_.next_attempt = house_.now() + expire::pause(bundle_.attempts, house_.dice());
    TRY(forget_bundle_content(house_, bundle_));
    return house_.ledger->commit([&] { return house_.ledger->update(bundle_, "planned"); });
  }

 private:
  // An original that was damaged or lost since it was examined: out of its study, and said so.
  base::Status go_on_without() {
    const auto& [instance, reason] = *missing_;
    TRY(quarantine(house_, instance, reason));
    TRY(heed_administrator(house_, bundle_));
    if (!drop_) return give_up("instance " + std::to_string(instance.id) + ": " + reason, {});
    TRY(forget_bundle_content(house_, bundle_));
    return house_.ledger->commit([&] { return house_.ledger->update(bundle_, "planned"); });
  }

  static std::string summary(const jobs::PrepareReply& reply) {
    std::string text = short_reason(reply.reason);
    if (!reply.setbacks.empty())
      text += " (" + std::to_string(reply.setbacks.size()) + " instances; first: instance " +
              std::to_string(reply.setbacks.front().instance) + ": " +
              short_reason(reply.setbacks.front().reason) + ")";
    return text;
  }

  base::Status audit_setbacks(const jobs::PrepareReply& reply) {
    for (const auto& setback : reply.setbacks)
      TRY(house_.ledger->audit("instance.not_released",
                               {{"bundle", std::to_string(bundle_.id)},
                                {"instance", std::to_string(setback.instance)},
                                {"reason", short_reason(setback.reason)}}));
    return base::Done{};
  }

  base::Status keep(const jobs::PrepareReply& reply) {
    bundle_.state = "prepared";
    bundle_.package_length = static_cast<std::int64_t>(reply.package.length);
    bundle_.package_sealed = static_cast<std::int64_t>(reply.package.sealed_length);
    bundle_.index_length = static_cast<std::int64_t>(reply.index.length);
    bundle_.index_sealed = static_cast<std::int64_t>(reply.index.sealed_length);
    bundle_.instances = reply.released;
    bundle_.series = reply.series;
    bundle_.attempts = 0;
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle_, "planned"));
      TRY(audit_setbacks(reply));
      std::map<std::string, std::string> fields = {{"bundle", std::to_string(bundle_.id)},
                                                   {"instances", std::to_string(bundle_.instances)},
                                                   {"profile", bundle_.profile}};
      for (const auto& [action, count] : reply.counts)
        fields["count_" + short_reason(action)] = std::to_string(count);
      TRY(house_.ledger->audit("bundle.prepared", fields));
      return keep_report(house_, bundle_, reply, given_);
    });
  }

  base::Status give_up(const std::string& reason, const jobs::PrepareReply& reply) {
    TRY(forget_bundle_content(house_, bundle_));
    bundle_.held = reason;
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle_, "planned"));
      TRY(audit_setbacks(reply));
      TRY(house_.ledger->audit("bundle.held",
                               {{"bundle", std::to_string(bundle_.id)}, {"reason", reason}}));
      return reply.setbacks.empty() ? base::Status(base::Done{})
                                    : keep_report(house_, bundle_, reply, given_);
    }));
    journal::bundle_held(bundle_.id, reason);
    return base::Done{};
  }

  House& house_;
  ledger::Bundle bundle_;
  Selection selection_;
  jobs::PrepareJob job_;
  Given given_;
  bool pad_, drop_;
  std::optional<std::pair<ledger::Instance, std::string>> missing_;
  Claim claim_;
};

class Prepare : public Stage {
 public:
  explicit Prepare(House& house) : house_(house) {}
  Role role() const override { return Role::Work; }

  base::Result<std::unique_ptr<Lease>> claim() override {
    for (auto& bundle : TRY(next_ones())) {
      auto lease = begin(bundle);
      if (!lease.ok() && lease.fault().remedy != base::Remedy::RetryLater) {
        TRY(hold(std::move(bundle), lease.fault().what));  // the others go on
        continue;
      }
      if (!lease.ok() || lease.value() != nullptr) return lease;
    }
    return std::unique_ptr<Lease>();
  }

 private:
  // What a share waits for before what is only ahead of its study.
  base::Result<std::vector<ledger::Bundle>> next_ones() {
    std::vector<ledger::Bundle> waited_for, ahead;
    for (auto& bundle : TRY(house_.ledger->bundles_in("planned"))) {
      if (!bundle.held.empty() || !expire::due(bundle.next_attempt, house_.now()) ||
          house_.hints.bundles_in_hand.contains(bundle.id))
        continue;
      if (TRY(house_.ledger->bundle_in_use(bundle.id))) {
        waited_for.push_back(std::move(bundle));
      } else if (TRY(still_fits(bundle))) {
        ahead.push_back(std::move(bundle));
      }
    }
    std::move(ahead.begin(), ahead.end(), std::back_inserter(waited_for));
    return waited_for;
  }

  // An instance that was quarantined since is no part of it.
  base::Result<bool> still_fits(const ledger::Bundle& bundle) {
    if (!TRY(house_.ledger->bundle_wanted(bundle.id))) return false;
    if (TRY(preparation_of(house_, bundle)) == bundle.preparation) return true;
    TRY(house_.ledger->commit([&] { return house_.ledger->overtake(bundle.study); }));
    return false;
  }

  base::Result<std::unique_ptr<Lease>> begin(ledger::Bundle bundle) {
    const auto profile = TRY(parse_profile(bundle.profile));
    auto selection = TRY(select(house_, bundle, profile));
    if (selection.instances.empty()) {
      TRY(hold(bundle, "its route leaves out every instance of the study"));
      return std::unique_ptr<Lease>();
    }
    if (!TRY(room_for(selection.bytes))) return std::unique_ptr<Lease>();
    jobs::PrepareJob job;
    job.instances = static_cast<std::uint32_t>(selection.instances.size());
    job.profile = profile.deidentify;
    const auto& site = house_.settings.site;
    job.site = {site.names, site.number_patterns, site.allowed_words, site.device_rules};
    job.pad = profile.pad;
    job.compress = profile.compress;
    job.identifiers = std::move(selection.identified.identifiers);
    // A de-identified bundle does not name the hospital: its name may stand in the study's headers.
    const bool identified = job.profile.base == "none";
    job.sender =
        identified ? house_.settings.sender.name : "named in the mail that brought the link";
    job.contact = identified ? house_.settings.sender.telephone : "given in that mail";
    auto& patient = selection.identified.patient;
    job.uid_key = std::move(patient.uid_key);
    job.pseudonym = std::move(patient.pseudonym);
    job.shift_days = patient.shift_days;
    TRY(make_blobs(house_, bundle, job));
    if (selection.entry && !TRY(enter_or_wait(bundle, *selection.entry)))
      return std::unique_ptr<Lease>();
    Claim claim(house_.hints.bundles_in_hand, bundle.id);
    return std::unique_ptr<Lease>(std::make_unique<PrepareLease>(
        house_, std::move(bundle), std::move(selection), std::move(job), std::move(claim)));
  }

  // False: later, when the vault's disk writes again; the others go on.
  base::Result<bool> enter_or_wait(ledger::Bundle bundle, const vault::SensitiveEntry& entry) {
    constexpr base::UnixSeconds kPause = 10;
    auto entered = enter(house_, bundle, entry);
    if (entered.ok()) return true;
    TRY(forget_bundle_content(house_, bundle));
    if (entered.fault().remedy != base::Remedy::RetryLater) return std::move(entered).fault();
    complain(house_, "vault", entered.fault());
    bundle.next_attempt = house_.now() + kPause;
    TRY(house_.ledger->commit([&] { return house_.ledger->update(bundle, "planned"); }));
    return false;
  }

  base::Result<bool> room_for(std::uint64_t bytes) {
    const bool room = TRY(outbox_has_room(house_, bytes));
    if (!room && !house_.hints.outbox_full) journal::outbox_full();
    house_.hints.outbox_full = !room;
    return room;
  }

  base::Status hold(ledger::Bundle bundle, const std::string& reason) {
    // Only ahead: what still comes may change it, and if not, it is said when the study is routed.
    if (!TRY(house_.ledger->bundle_in_use(bundle.id)))
      return house_.ledger->commit([&] { return house_.ledger->overtake(bundle.study); });
    bundle.held = reason;
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle, "planned"));
      return house_.ledger->audit("bundle.held",
                                  {{"bundle", std::to_string(bundle.id)}, {"reason", reason}});
    }));
    journal::bundle_held(bundle.id, reason);
    return base::Done{};
  }

  House& house_;
};

}  // namespace

std::unique_ptr<Stage> make_prepare(House& house) { return std::make_unique<Prepare>(house); }

}  // namespace service
