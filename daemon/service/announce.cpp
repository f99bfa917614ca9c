// Announcing: the mail with the link, when the portal holds the whole verified bundle and has
// confirmed the share; its Message-ID was fixed when the share was made. Afterwards the secret
// goes.
#include <list>

#include "announce/letter.h"
#include "announce/local_time.h"
#include "journal/events.h"
#include "service/figures.h"
#include "service/retry.h"
#include "service/share_keys.h"
#include "service/stages.h"

namespace service {
namespace {

constexpr base::UnixSeconds kTolerated =
    600;  // of a lifetime, between the portal's word and the mail

// A new bundle or a later end changes nothing about the link that was mailed; a new arm does.
bool same_link(const ledger::Share& row, const ledger::Share& mailed) {
  return row.state == "waiting" && row.arm == mailed.arm;
}

// A mail that the server has taken.
class Taken {
 public:
  Taken(ledger::Share share, jobs::SendReply reply, Claim claim)
      : share_(std::move(share)), reply_(std::move(reply)), claim_(std::move(claim)) {}

  base::Status commit(House& house) const {
    auto row = TRY(as_it_stands(house, share_));
    if (!same_link(row, share_)) return came_too_late(house);
    row.state = "announced";
    row.announced_at = house.now();
    row.attempts = row.next_attempt = 0;
    row.last = reply_.text;
    TRY(house.ledger->commit([&]() -> base::Status {
      TRY(house.ledger->update(row, "waiting"));
      TRY(house.ledger->set_note(kLastMail, std::to_string(house.now())));
      return house.ledger->audit("share.announced", fields());
    }));
    journal::share_announced(share_.id);
    return base::Done{};
  }

  base::Status erase_secret(House& house) const {
    return house.ledger->keys().erase(secret_key_name(share_));
  }

 private:
  // Revoked or given a new link while the mail was on its way: what was sent is on record.
  base::Status came_too_late(House& house) const {
    return house.ledger->commit(
        [&] { return house.ledger->audit("share.mailed_too_late", fields()); });
  }

  std::map<std::string, std::string> fields() const {
    return {{"share", share_.id},
            {"recipient", share_.recipient},
            {"message_id", share_.message_id},
            {"status", std::to_string(reply_.status)}};
  }

  ledger::Share share_;
  jobs::SendReply reply_;
  Claim claim_;
};

// Those that the ledger would not note: kept, and the share with them, so that a disk that is full
// or fails, or a ledger that is damaged, sends nobody the same mail again.
using Unnoted = std::list<Taken>;

base::Status note(House& house, Unnoted& unnoted) {
  while (!unnoted.empty()) {
    const auto done = unnoted.front().commit(house);
    if (!done.ok() && done.fault().remedy != base::Remedy::Reject) return done;
    const auto erased = done.ok() ? unnoted.front().erase_secret(house) : done;
    unnoted.pop_front();
    if (!erased.ok()) return erased;
  }
  return base::Done{};
}

class AnnounceLease : public Lease {
 public:
  AnnounceLease(House& house, Unnoted& unnoted, ledger::Share share, jobs::MailJob mail,
                Claim claim)
      : house_(house),
        unnoted_(unnoted),
        share_(std::move(share)),
        mail_(std::move(mail)),
        claim_(std::move(claim)) {
    what = "mail share " + share_.id.substr(0, 8);
  }
  jobs::Packet take_job() override { return jobs::write(jobs::SendJob(std::move(mail_))); }

  base::Status finish(jobs::FromChild reply) override {
    auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    if (!sent->done) return failed(*sent);
    unnoted_.emplace_back(share_, std::move(*sent), std::move(claim_));
    return note(house_, unnoted_);
  }
  base::Status lost() override { return failed(lost_reply()); }

 private:
  base::Status failed(const jobs::SendReply& reply) {
    auto row = TRY(as_it_stands(house_, share_));
    if (!same_link(row, share_)) return base::Done{};
    const std::string held_by_others = row.held;
    const bool held = postpone(house_, row, reply, row.made_at);
    if (!held_by_others.empty()) row.held = held_by_others;
    row.last = reply.text;
    if (held) journal::share_held(row.id, row.held);
    if (!held) journal::delivery_retried(what, reply.text, row.next_attempt - house_.now());
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(row, "waiting"));
      return house_.ledger->audit(
          held ? "share.held" : "share.mail_postponed",
          {{"share", row.id}, {"status", std::to_string(reply.status)}, {"answer", reply.text}});
    });
  }

  House& house_;
  Unnoted& unnoted_;
  ledger::Share share_;
  jobs::MailJob mail_;
  Claim claim_;
};

class Announce : public Stage {
 public:
  explicit Announce(House& house) : house_(house) {}
  Role role() const override { return Role::Send; }

  base::Result<std::unique_ptr<Lease>> claim() override {
    TRY(note(house_, unnoted_));
    for (auto& share : TRY(house_.ledger->shares_in({"waiting"}))) {
      if (!share.ready || !share.held.empty()) continue;
      if (!expire::due(share.next_attempt, house_.now())) continue;
      if (house_.hints.shares_in_hand.contains(key_of(share))) continue;
      if (TRY(has_aged(share))) {
        TRY(renew(std::move(share)));
        continue;
      }
      auto mail = mail_for(share);
      if (!mail.ok() && mail.fault().remedy != base::Remedy::RetryLater) {
        TRY(hold(std::move(share), mail.fault().what));
        continue;
      }
      if (!mail.ok()) return std::move(mail).fault();
      TRY(note_attempt(share));
      Claim claim(house_.hints.shares_in_hand, key_of(share));
      return std::unique_ptr<Lease>(std::make_unique<AnnounceLease>(
          house_, unnoted_, std::move(share), std::move(mail).value(), std::move(claim)));
    }
    return std::unique_ptr<Lease>();
  }

 private:
  // A share that lay held before its first mail: the lifetime begins with the mail, so that the
  // portal is given a later end first.
  base::Result<bool> has_aged(const ledger::Share& share) {
    if (share.attempts != 0 || share.next_attempt != 0) return false;
    const auto policy = TRY(parse_policy(share.policy));
    return share.not_after + kTolerated <
           house_.now() + house_.hints.portal_ahead + policy.lifetime;
  }

  base::Status renew(ledger::Share share) {
    share.ready = false;
    ++share.issue;
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(share, "waiting"));
      return house_.ledger->audit("share.renewed",
                                  {{"share", share.id}, {"issue", std::to_string(share.issue)}});
    });
  }

  // Before the child has the mail: a ledger that cannot be written to would forget that it was
  // sent, and send it again at once; one that is restored or torn would do so later.
  base::Status note_attempt(ledger::Share& share) {
    share.next_attempt = house_.now() + expire::pause(share.attempts + 1, house_.dice());
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(share, "waiting"));
      return house_.ledger->audit("share.mail_attempted",
                                  {{"share", share.id}, {"message_id", share.message_id}});
    }));
    return house_.ledger->mark();
  }

  base::Result<jobs::MailJob> mail_for(const ledger::Share& share) {
    const auto policy = TRY(parse_policy(share.policy));
    const auto* recipient = house_.recipient(share.recipient);
    if (recipient == nullptr)
      return base::reject("service.announce", "its recipient is no longer in the settings");
    const auto bundle = TRY(house_.ledger->bundle(share.bundle));
    const auto& sender = house_.settings.sender;
    announce::Letter letter;
    letter.sender = {sender.name, sender.department, sender.telephone, house_.settings.mail.from};
    letter.recipient = {recipient->name, recipient->email, recipient->language};
    letter.link = TRY(link_of(house_, share, policy));
    letter.bytes = bundle ? static_cast<std::uint64_t>(bundle->package_length) : 0;
    letter.instances = bundle ? static_cast<std::uint64_t>(bundle->instances) : 0;
    letter.expires = announce::local_moment(share.not_after);
    letter.code = !policy.code               ? announce::CodeBy::None
                  : recipient->operator_code ? announce::CodeBy::Operator
                                             : announce::CodeBy::Agreed;
    letter.reference = share.id.substr(0, 8);
    letter.message_id = share.message_id;
    letter.date = house_.now();
    return jobs::MailJob{house_.settings.mail.from, recipient->email,
                         TRY(announce::render(letter))};
  }

  base::Status hold(ledger::Share share, const std::string& reason) {
    share.held = reason;
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(share, "waiting"));
      return house_.ledger->audit("share.held", {{"share", share.id}, {"reason", reason}});
    }));
    journal::share_held(share.id, reason);
    return base::Done{};
  }

  House& house_;
  Unnoted unnoted_;
};

}  // namespace

std::unique_ptr<Stage> make_announce(House& house) { return std::make_unique<Announce>(house); }

}  // namespace service
