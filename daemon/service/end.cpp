// Ending: shares that have expired by the portal's clock or were revoked, then the bundles that no
// live share names. The portal confirms first; then keys are erased; then the row says so.
#include "journal/events.h"
#include "service/outbox.h"
#include "service/retry.h"
#include "service/share_keys.h"
#include "service/stages.h"
#include "share/record.h"

namespace service {
namespace {

enum class Act : std::uint8_t { Expire, Revoke };

class EndShareLease : public Lease {
 public:
  EndShareLease(House& house, ledger::Share share, Act act, Claim claim)
      : house_(house), share_(std::move(share)), act_(act), claim_(std::move(claim)) {
    what =
        std::string(act == Act::Expire ? "expire" : "revoke") + " share " + share_.id.substr(0, 8);
  }
  jobs::Packet take_job() override {
    const std::string path = "/d/1/shares/" + share::id_text(share_id(share_)) + "/revoke";
    return jobs::write(jobs::SendJob(act_ == Act::Expire ? jobs::PortalJob{"GET", "/d/1/time", ""}
                                                         : jobs::PortalJob{"POST", path, "{}"}));
  }

  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    // A share that the portal never had is as good as revoked.
    const bool absent = act_ == Act::Revoke && sent->status == 404;
    if (!sent->done && !absent) return failed(*sent);
    if (act_ == Act::Expire) {
      const auto time = share::parse_time(sent->body);
      if (!time.ok() || time.value() < share_.not_after) return failed(*sent);
    }
    auto row = TRY(as_it_stands(house_, share_));
    // Extended or sent again while the portal was asked: not over.
    if (!same(row)) return base::Done{};
    return ended(std::move(row));
  }
  base::Status lost() override { return failed(lost_reply()); }

 private:
  bool same(const ledger::Share& row) const {
    return row.state == share_.state && row.arm == share_.arm &&
           (act_ == Act::Revoke || row.not_after == share_.not_after);
  }

  base::Status ended(ledger::Share row) {
    const std::string before = row.state;
    row.state = act_ == Act::Expire ? "expired" : "revoked";
    row.ready = false;
    row.held.clear();
    TRY(erase_keys(house_, row));
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(row, before));
      return house_.ledger->audit("share." + row.state, {{"share", row.id}});
    }));
    journal::share_ended(row.id, row.state);
    return base::Done{};
  }

  // Retried until confirmed: an end is never given up.
  base::Status failed(const jobs::SendReply& reply) {
    auto row = TRY(as_it_stands(house_, share_));
    if (!same(row)) return base::Done{};
    ++row.attempts;
    row.last = reply.text;
    row.next_attempt = house_.now() + expire::pause(row.attempts, house_.dice());
    journal::delivery_retried(what, reply.text, row.next_attempt - house_.now());
    return house_.ledger->commit([&] { return house_.ledger->update(row, row.state); });
  }

  House& house_;
  ledger::Share share_;
  Act act_;
  Claim claim_;
};

class DeleteBlobLease : public Lease {
 public:
  DeleteBlobLease(House& house, ledger::Bundle bundle, Claim claim)
      : house_(house), bundle_(std::move(bundle)), claim_(std::move(claim)) {
    what = "delete bundle " + std::to_string(bundle_.id);
  }
  jobs::Packet take_job() override {
    const auto& bytes = bundle_.package_up ? bundle_.package_id : bundle_.index_id;
    share::Id id{};
    if (bytes.size() == id.size()) std::copy(bytes.begin(), bytes.end(), id.begin());
    return jobs::write(
        jobs::SendJob(jobs::PortalJob{"DELETE", "/d/1/blobs/" + share::id_text(id), ""}));
  }
  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    if (!sent->done && sent->status != 404 && sent->status != 410) return failed(*sent);
    (bundle_.package_up ? bundle_.package_up : bundle_.index_up) = false;
    bundle_.attempts = bundle_.next_attempt = 0;
    TRY(heed_administrator(house_, bundle_));
    return house_.ledger->commit([&] { return house_.ledger->update(bundle_, bundle_.state); });
  }
  base::Status lost() override { return failed(lost_reply()); }

 private:
  base::Status failed(const jobs::SendReply& reply) {
    TRY(heed_administrator(house_, bundle_));
    ++bundle_.attempts;
    bundle_.next_attempt = house_.now() + expire::pause(bundle_.attempts, house_.dice());
    journal::delivery_retried(what, reply.text, bundle_.next_attempt - house_.now());
    return house_.ledger->commit([&] { return house_.ledger->update(bundle_, bundle_.state); });
  }
  House& house_;
  ledger::Bundle bundle_;
  Claim claim_;
};

class End : public Stage {
 public:
  explicit End(House& house) : house_(house) {}
  Role role() const override { return Role::Send; }

  base::Result<std::unique_ptr<Lease>> claim() override {
    for (auto& share : TRY(house_.ledger->shares_in({"revoking", "announced", "waiting"}))) {
      const bool revoke = share.state == "revoking";
      const bool over =
          share.not_after != 0 && house_.now() + house_.hints.portal_ahead >= share.not_after;
      if (!revoke && (!over || house_.hints.purging_suspended)) continue;
      if (!expire::due(share.next_attempt, house_.now())) continue;
      // What is on its way to the portal arrives first: a record behind a revocation would undo it.
      if (house_.hints.shares_in_hand.contains(key_of(share))) continue;
      Claim claim(house_.hints.shares_in_hand, key_of(share));
      return std::unique_ptr<Lease>(std::make_unique<EndShareLease>(
          house_, std::move(share), revoke ? Act::Revoke : Act::Expire, std::move(claim)));
    }
    return end_bundle();
  }

 private:
  base::Result<std::unique_ptr<Lease>> end_bundle() {
    for (const char* state : {"published", "sealed", "prepared", "planned"}) {
      for (auto& bundle : TRY(house_.ledger->bundles_in(state))) {
        if (house_.hints.bundles_in_hand.contains(bundle.id)) continue;
        if (!expire::due(bundle.next_attempt, house_.now())) continue;
        if (TRY(house_.ledger->bundle_wanted(bundle.id)) || TRY(still_named(bundle))) continue;
        if (bundle.state == "sealed" && bundle.ahead.empty()) TRY(assume_uploaded(bundle));
        if (!bundle.package_up && !bundle.index_up) {
          TRY(forget(std::move(bundle)));
          continue;
        }
        Claim claim(house_.hints.bundles_in_hand, bundle.id);
        return std::unique_ptr<Lease>(
            std::make_unique<DeleteBlobLease>(house_, std::move(bundle), std::move(claim)));
      }
    }
    return std::unique_ptr<Lease>();
  }

  // The portal may hold more of it than an answer has told us. Its keys need not wait for that.
  base::Status assume_uploaded(ledger::Bundle& bundle) {
    TRY(forget_bundle_content(house_, bundle));
    bundle.state = "published";
    bundle.package_up = bundle.index_up = true;
    bundle.attempts = bundle.next_attempt = 0;
    return house_.ledger->commit([&] { return house_.ledger->update(bundle, "sealed"); });
  }

  // The portal still names it: a share is being revoked, or its amended record is not confirmed
  // yet.
  base::Result<bool> still_named(const ledger::Bundle& bundle) {
    for (const auto& share : TRY(house_.ledger->shares_in({"revoking", "announced", "waiting"}))) {
      if (share.state == "revoking" && share.bundle == bundle.id) return true;
      if (share.state != "revoking" && share.study == bundle.study && !share.ready &&
          share.not_after != 0)
        return true;
    }
    return false;
  }

  base::Status forget(ledger::Bundle bundle) {
    const std::string before = bundle.state;
    TRY(forget_bundle_content(house_, bundle));
    bundle.state = "deleted";
    bundle.held.clear();
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(bundle, before));
      TRY(house_.ledger->forget_preparation(bundle.id));
      return house_.ledger->audit("bundle.deleted", {{"bundle", std::to_string(bundle.id)}});
    });
  }

  House& house_;
};

}  // namespace

std::unique_ptr<Stage> make_end(House& house) { return std::make_unique<End>(house); }

// Originals stay for studies.keep after the last receipt, then go, unless something still needs
// them.
base::Status purge(House& house) {
  const expire::Moment moment{house.now(), house.clock.monotonic()};
  if (expire::jumped_forward(house.hints.last_moment, moment) && !house.hints.purging_suspended) {
    house.hints.purging_suspended = true;
    journal::clock_jumped();
  }
  house.hints.last_moment = moment;
  if (house.hints.purging_suspended) return base::Done{};
  return purge_originals(house);
}

}  // namespace service
