// Entrusting: the record of a share to the portal. The portal's clock decides when it ends, so its
// time is asked first, and the date that it confirms is the one that the mail will print.
#include "journal/events.h"
#include "service/retry.h"
#include "service/share_keys.h"
#include "service/stages.h"
#include "share/record.h"

namespace service {
namespace {

constexpr base::Milliseconds kTimeIsFresh = 60'000;

std::string record_path(const ledger::Share& share) {
  return "/d/1/shares/" + share::id_text(share_id(share));
}

class AskTimeLease : public Lease {
 public:
  AskTimeLease(House& house, base::Milliseconds& not_before, Claim claim)
      : house_(house), not_before_(not_before), claim_(std::move(claim)) {
    what = "ask the portal's time";
  }
  jobs::Packet take_job() override {
    return jobs::write(jobs::SendJob(jobs::PortalJob{"GET", "/d/1/time", ""}));
  }

  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    const auto time =
        sent->done ? share::parse_time(sent->body) : base::reject("service.entrust", sent->text);
    if (!time.ok()) return failed(sent->text);
    house_.hints.portal_ahead = time.value() - house_.now();
    house_.hints.portal_asked = house_.clock.monotonic();
    house_.hints.portal_answer.clear();
    failures_ = 0;
    return base::Done{};
  }
  base::Status lost() override { return failed("the sending child died with its job"); }

 private:
  base::Status failed(const std::string& why) {
    const auto pause = expire::pause(++failures_, house_.dice());
    not_before_ = house_.clock.monotonic() + pause * 1000;
    house_.hints.portal_answer = why;
    journal::delivery_retried(what, why, pause);
    return base::Done{};
  }
  House& house_;
  base::Milliseconds& not_before_;
  Claim claim_;
  static inline std::int64_t failures_ = 0;
};

class EntrustLease : public Lease {
 public:
  EntrustLease(House& house, ledger::Share share, std::string record, Claim claim)
      : house_(house),
        share_(std::move(share)),
        record_(std::move(record)),
        claim_(std::move(claim)) {
    what = "entrust share " + share_.id.substr(0, 8);
  }
  jobs::Packet take_job() override {
    return jobs::write(
        jobs::SendJob(jobs::PortalJob{"PUT", record_path(share_), std::move(record_)}));
  }

  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    if (!sent->done) return failed(*sent);
    auto row = TRY(as_it_stands(house_, share_));
    if (!same(row)) return base::Done{};  // the newer record follows
    const auto answer = share::parse_record_answer(sent->body);
    if (!answer.ok() || !fits(answer.value())) {
      jobs::SendReply refusal = *sent;
      refusal.remedy = base::Remedy::AskAdministrator;
      refusal.text = "the portal took the record but does not call the share ready";
      return failed(refusal);
    }
    row.ready = true;
    row.not_after = answer.value().not_after;
    row.attempts = row.next_attempt = 0;
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(row, row.state));
      return house_.ledger->audit("share.ready", {{"share", row.id},
                                                  {"arm", std::to_string(row.arm)},
                                                  {"issue", std::to_string(row.issue)},
                                                  {"not_after", std::to_string(row.not_after)}});
    });
  }
  base::Status lost() override { return failed(lost_reply()); }

 private:
  // Resending, extending, a late revision: each counts arm or issue up.
  bool same(const ledger::Share& row) const {
    return row.state == share_.state && row.arm == share_.arm && row.issue == share_.issue;
  }

  bool fits(const share::RecordAnswer& answer) const {
    return answer.state == share::State::Ready && std::int64_t{answer.arm} == share_.arm &&
           std::int64_t{answer.issue} == share_.issue;
  }

  base::Status failed(const jobs::SendReply& reply) {
    auto row = TRY(as_it_stands(house_, share_));
    if (!same(row)) return base::Done{};
    const std::string held_by_others = row.held;
    const bool held = postpone(house_, row, reply, row.made_at);
    if (!held_by_others.empty()) row.held = held_by_others;
    row.last = reply.text;
    if (held) journal::share_held(row.id, row.held);
    if (!held) journal::delivery_retried(what, reply.text, row.next_attempt - house_.now());
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(row, row.state));
      return held ? house_.ledger->audit("share.held", {{"share", row.id}, {"reason", row.held}})
                  : base::Status(base::Done{});
    });
  }

  House& house_;
  ledger::Share share_;
  std::string record_;
  Claim claim_;
};

class Entrust : public Stage {
 public:
  explicit Entrust(House& house) : house_(house) {}
  Role role() const override { return Role::Send; }

  base::Result<std::unique_ptr<Lease>> claim() override {
    for (auto& share : TRY(house_.ledger->shares_in({"waiting", "announced"}))) {
      if (share.ready || !share.held.empty()) continue;
      if (!expire::due(share.next_attempt, house_.now())) continue;
      if (house_.hints.shares_in_hand.contains(key_of(share))) continue;
      const auto bundle = TRY(house_.ledger->bundle(share.bundle));
      if (!bundle || bundle->state != "published") continue;
      if (!time_is_known()) return ask_time();
      auto lease = entrust(std::move(share), *bundle);
      if (!lease.ok() || lease.value() != nullptr) return lease;
    }
    return std::unique_ptr<Lease>();
  }

 private:
  bool time_is_known() const {
    const auto& hints = house_.hints;
    return hints.portal_asked >= 0 && house_.clock.monotonic() - hints.portal_asked < kTimeIsFresh;
  }

  base::Result<std::unique_ptr<Lease>> ask_time() {
    if (asking_.contains(0) || house_.clock.monotonic() < not_before_)
      return std::unique_ptr<Lease>();
    return std::unique_ptr<Lease>(
        std::make_unique<AskTimeLease>(house_, not_before_, Claim(asking_, 0)));
  }

  base::Result<std::unique_ptr<Lease>> entrust(ledger::Share share, const ledger::Bundle& bundle) {
    auto counted = share;  // the end counts once the portal has confirmed it
    auto record = sealed_record(share, bundle);
    if (!record.ok() && record.fault().remedy == base::Remedy::RetryLater)
      return std::move(record).fault();
    if (!record.ok()) {
      TRY(hold(std::move(share), record.fault().what));
      return std::unique_ptr<Lease>();
    }
    // Durable before the portal may see it: an answer that is lost leaves no second body under the
    // same issue, which the portal would refuse.
    counted.issue = share.issue;
    TRY(house_.ledger->commit([&] { return house_.ledger->update(counted, counted.state); }));
    Claim claim(house_.hints.shares_in_hand, key_of(share));
    return std::unique_ptr<Lease>(std::make_unique<EntrustLease>(
        house_, std::move(share), std::move(record).value(), std::move(claim)));
  }

  // Makes what is missing, counts the issue up, and seals cover and grants.
  base::Result<std::string> sealed_record(ledger::Share& share, const ledger::Bundle& bundle) {
    const auto policy = TRY(parse_policy(share.policy));
    TRY(ensure_keys(house_, share, policy));
    ++share.issue;
    const auto portal_now = house_.now() + house_.hints.portal_ahead;
    // An announced share keeps the end that its mail has printed.
    if (share.state == "waiting" || share.not_after == 0)
      share.not_after = portal_now + policy.lifetime;
    return record_for(house_, share, bundle, portal_now);
  }

  base::Status hold(ledger::Share share, const std::string& reason) {
    share.held = reason;
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(share, share.state));
      return house_.ledger->audit("share.held", {{"share", share.id}, {"reason", reason}});
    }));
    journal::share_held(share.id, reason);
    return base::Done{};
  }

  House& house_;
  std::set<std::int64_t> asking_;
  base::Milliseconds not_before_ = 0;
};

}  // namespace

std::unique_ptr<Stage> make_entrust(House& house) { return std::make_unique<Entrust>(house); }

}  // namespace service
