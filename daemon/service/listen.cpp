// Listening: what the portal's recipients did, fetched by send and put into the audit. Nothing
// counts as opened but a proof of the key.
#include "journal/events.h"
#include "service/share_keys.h"
#include "service/stages.h"
#include "share/messages.h"
#include "share/record.h"

namespace service {
namespace {

constexpr base::Milliseconds kEvery = 5'000, kSeldom = 60'000;
constexpr const char* kCursor = "portal_events";

class ListenLease : public Lease {
 public:
  ListenLease(House& house, base::Milliseconds& next, std::uint64_t after, Claim claim)
      : house_(house), next_(next), after_(after), claim_(std::move(claim)) {
    what = "fetch the portal's events";
  }
  jobs::Packet take_job() override {
    return jobs::write(
        jobs::SendJob(jobs::PortalJob{"GET", "/d/1/events?after=" + std::to_string(after_), ""}));
  }

  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    if (!sent->done) return lost();
    const auto events = share::parse_events(sent->body);
    if (!events.ok()) return lost();
    failures_ = 0;
    if (events.value().more) next_ = 0;
    if (events.value().events.empty()) return base::Done{};
    return house_.ledger->commit([&]() -> base::Status {
      for (const auto& event : events.value().events) {
        if (event.number <= after_) continue;
        after_ = event.number;
        TRY(note(event));
      }
      return house_.ledger->set_note(kCursor, std::to_string(after_));
    });
  }
  base::Status lost() override {
    next_ = house_.clock.monotonic() + expire::pause(++failures_, house_.dice()) * 1000;
    return base::Done{};
  }

 private:
  base::Status note(const share::Event& event) {
    std::map<std::string, std::string> fields = {{"at_portal", std::to_string(event.at)}};
    if (event.bytes > 0) fields["bytes"] = std::to_string(event.bytes);
    if (event.count > 0) fields["count"] = std::to_string(event.count);
    std::optional<ledger::Share> share;
    if (event.share) {
      fields["share"] = base::to_hex(*event.share);
      share = TRY(house_.ledger->share(fields["share"]));
    }
    if (event.kind == "receipt")
      fields["receipt"] = share ? TRY(judge_receipt(*share, event)) : "of an unknown share";
    if (event.kind == "opened" && share) TRY(opened(*share, event));
    if (event.kind == "locked" && share)
      journal::share_held(share->id, "locked at the portal after too many wrong codes");
    return house_.ledger->audit("portal." + event.kind, fields);
  }

  base::Status opened(ledger::Share share, const share::Event& event) {
    if (share.opened_at != 0) return base::Done{};
    share.opened_at = event.at;
    journal::share_opened(share.id);
    return house_.ledger->update(share, share.state);
  }

  base::Result<std::string> judge_receipt(const ledger::Share& share, const share::Event& event) {
    const auto root = TRY(house_.ledger->keys().get(root_key_name(share)));
    if (!root) return std::string("its key is erased");
    const auto policy = TRY(parse_policy(share.policy));
    const auto keys =
        seal::root_keys(static_cast<std::uint8_t>(mode_of(policy)), share_id(share), *root);
    const auto mac =
        seal::hmac_sha256(keys.receipt_key.view(), share::receipt_message(event.payload));
    if (!base::equal_in_constant_time(mac, event.mac)) return std::string("wrong");
    const auto receipt = share::parse_receipt(event.payload);
    return receipt.ok() ? receipt.value().kind : std::string("proven, not understood");
  }

  House& house_;
  base::Milliseconds& next_;
  std::uint64_t after_;
  Claim claim_;
  static inline std::int64_t failures_ = 0;
};

class Listen : public Stage {
 public:
  explicit Listen(House& house) : house_(house) {}
  Role role() const override { return Role::Send; }
  base::Result<std::unique_ptr<Lease>> claim() override {
    if (claimed_.contains(0) || house_.clock.monotonic() < next_) return std::unique_ptr<Lease>();
    next_ = house_.clock.monotonic() + kEvery;
    if (TRY(house_.ledger->shares_in({"announced", "revoking"})).empty())
      return std::unique_ptr<Lease>();
    const auto text = TRY(house_.ledger->note(kCursor));
    const std::uint64_t after = text.empty() ? 0 : std::stoull(text);
    return std::unique_ptr<Lease>(
        std::make_unique<ListenLease>(house_, next_, after, Claim(claimed_, 0)));
  }

 private:
  House& house_;
  std::set<std::int64_t> claimed_;
  base::Milliseconds next_ = 0;
};

}  // namespace

std::unique_ptr<Stage> make_listen(House& house) { return std::make_unique<Listen>(house); }

}  // namespace service
