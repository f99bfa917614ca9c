// Announcing: the mail with the link, when the portal holds the whole verified bundle and has
// confirmed the share; its Message-ID was fixed when the share was made. Afterwards the secret
// goes.
#include "announce/letter.h"
#include "announce/local_time.h"
#include "journal/events.h"
#include "service/retry.h"
#include "service/share_keys.h"
#include "service/stages.h"

namespace service {
namespace {

class AnnounceLease : public Lease {
 public:
  AnnounceLease(House& house, ledger::Share share, jobs::MailJob mail, Claim claim)
      : house_(house), share_(std::move(share)), mail_(std::move(mail)), claim_(std::move(claim)) {
    what = "mail share " + share_.id.substr(0, 8);
  }
  jobs::Packet take_job() override { return jobs::write(jobs::SendJob(std::move(mail_))); }

  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    if (!sent->done) return failed(*sent);
    share_.state = "announced";
    share_.announced_at = house_.now();
    share_.attempts = 0;
    share_.last = sent->text;
    TRY(house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(share_, "waiting"));
      return house_.ledger->audit("share.announced", {{"share", share_.id},
                                                      {"recipient", share_.recipient},
                                                      {"message_id", share_.message_id},
                                                      {"status", std::to_string(sent->status)}});
    }));
    journal::share_announced(share_.id);
    return house_.ledger->keys().erase(secret_key_name(share_));
  }
  base::Status lost() override { return failed(lost_reply()); }

 private:
  base::Status failed(const jobs::SendReply& reply) {
    const bool held = postpone(house_, share_, reply, share_.made_at);
    share_.last = reply.text;
    if (held) journal::share_held(share_.id, share_.held);
    if (!held) journal::delivery_retried(what, reply.text, share_.next_attempt - house_.now());
    return house_.ledger->commit([&]() -> base::Status {
      TRY(house_.ledger->update(share_, "waiting"));
      return house_.ledger->audit(
          held ? "share.held" : "share.mail_postponed",
          {{"share", share_.id}, {"status", std::to_string(reply.status)}, {"answer", reply.text}});
    });
  }

  House& house_;
  ledger::Share share_;
  jobs::MailJob mail_;
  Claim claim_;
};

class Announce : public Stage {
 public:
  explicit Announce(House& house) : house_(house) {}
  Role role() const override { return Role::Send; }

  base::Result<std::unique_ptr<Lease>> claim() override {
    for (auto& share : TRY(house_.ledger->shares_in({"waiting"}))) {
      if (!share.ready || !share.held.empty() || share.next_attempt > house_.now()) continue;
      const auto key = static_cast<std::int64_t>(base::read_u64_be(share_id(share)));
      if (claimed_.contains(key)) continue;
      auto mail = mail_for(share);
      if (!mail.ok() && mail.fault().remedy != base::Remedy::RetryLater) {
        TRY(hold(std::move(share), mail.fault().what));
        continue;
      }
      if (!mail.ok()) return std::move(mail).fault();
      return std::unique_ptr<Lease>(std::make_unique<AnnounceLease>(
          house_, std::move(share), std::move(mail).value(), Claim(claimed_, key)));
    }
    return std::unique_ptr<Lease>();
  }

 private:
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
  std::set<std::int64_t> claimed_;
};

class TestMailLease : public Lease {
 public:
  TestMailLease(jobs::MailJob mail, TestMails::Done done)
      : mail_(std::move(mail)), done_(std::move(done)) {
    what = "test mail";
  }
  jobs::Packet take_job() override { return jobs::write(jobs::SendJob(std::move(mail_))); }
  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    done_(*sent);
    return base::Done{};
  }
  base::Status lost() override {
    done_(lost_reply());
    return base::Done{};
  }

 private:
  jobs::MailJob mail_;
  TestMails::Done done_;
};

class WaitingTestMails : public TestMails {
 public:
  Role role() const override { return Role::Send; }
  void ask(jobs::MailJob mail, Done done) override {
    waiting_.emplace_back(std::move(mail), std::move(done));
  }
  base::Result<std::unique_ptr<Lease>> claim() override {
    if (waiting_.empty()) return std::unique_ptr<Lease>();
    auto [mail, done] = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return std::unique_ptr<Lease>(
        std::make_unique<TestMailLease>(std::move(mail), std::move(done)));
  }

 private:
  std::vector<std::pair<jobs::MailJob, Done>> waiting_;
};

}  // namespace

std::unique_ptr<Stage> make_announce(House& house) { return std::make_unique<Announce>(house); }
std::unique_ptr<TestMails> make_test_mails() { return std::make_unique<WaitingTestMails>(); }

}  // namespace service
