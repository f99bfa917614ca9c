// What an administrator does to shares: code, revoke, resend, extend.
#include "journal/events.h"
#include "service/answers.h"
#include "service/share_keys.h"

namespace service {
namespace {

base::Result<ledger::Share> share_named(House& house, const Arguments& arguments) {
  auto share = TRY(house.ledger->share(argument(arguments, "id")));
  if (!share)
    return base::reject("service.answer",
                        "no share, or more than one, begins so; see `dcmcourier shares`");
  return std::move(*share);
}

bool alive(const ledger::Share& share) {
  return share.state == "waiting" || share.state == "announced";
}

base::Status commit_share(House& house, const ledger::Share& share, const std::string& expected,
                          const std::string& event, std::map<std::string, std::string> fields) {
  fields["share"] = share.id;
  return house.ledger->commit([&]() -> base::Status {
    TRY(house.ledger->update(share, expected));
    return house.ledger->audit(event, std::move(fields));
  });
}

}  // namespace

base::Result<control::Reply> share_code(House& house, const Arguments& arguments) {
  const auto share = TRY(share_named(house, arguments));
  const auto code = TRY(house.ledger->keys().get(code_key_name(share)));
  if (!code)
    return refused(kUnavailable,
                   "this share has no code, or not yet, or it is gone; `dcmcourier resend " +
                       share.id + "` makes a new one");
  TRY(house.ledger->commit([&] {
    return house.ledger->audit("administrator.code_read",
                               {{"share", share.id}, {"recipient", share.recipient}});
  }));
  return said(share::code_for_people(base::as_text(code->view())));
}

base::Result<control::Reply> recipient_code(House& house, const Arguments& arguments) {
  const auto id = argument(arguments, "id");
  if (house.recipient(id) == nullptr)
    return refused(kNoInput, "the settings name no recipient " + id);
  const auto name = recipient_code_name(id);
  const bool there = TRY(house.ledger->keys().get(name)).has_value();
  if (there && argument(arguments, "replace") != "true")
    return refused(
        kDataError,
        id +
            " has a code already; --replace makes a new one, and links in flight keep the old one");
  const auto code = TRY(new_code(house, name));
  TRY(house.ledger->commit([&]() -> base::Status {
    // Shares that were held for want of it go on.
    for (auto& share : TRY(house.ledger->shares_in({"waiting"}))) {
      if (share.recipient != id || share.held != no_code_agreed(id)) continue;
      share.held.clear();
      TRY(house.ledger->update(share, "waiting"));
    }
    return house.ledger->audit("administrator.code_made", {{"recipient", id}});
  }));
  return said(share::code_for_people(code));
}

base::Result<control::Reply> revoke(House& house, const Arguments& arguments) {
  auto share = TRY(share_named(house, arguments));
  if (!alive(share)) return refused(kDataError, "the share is " + share.state + " already");
  const std::string before = share.state;
  share.state = "revoking";
  share.held.clear();
  share.attempts = share.next_attempt = 0;
  TRY(commit_share(house, share, before, "administrator.revoke", {}));
  return said("share " + share.id +
              " is being revoked; `dcmcourier shares` says revoked once the portal has confirmed");
}

base::Result<control::Reply> resend(House& house, const Arguments& arguments) {
  auto share = TRY(share_named(house, arguments));
  if (!alive(share)) return refused(kDataError, "the share is " + share.state);
  const std::string before = share.state;
  const ledger::Share old = share;
  share.state = "waiting";
  ++share.arm;
  ++share.issue;
  share.ready = false;
  share.not_after = 0;
  share.held.clear();
  share.attempts = share.next_attempt = 0;
  share.message_id = message_id(house, share);
  TRY(commit_share(house, share, before, "administrator.resend",
                   {{"arm", std::to_string(share.arm)}}));
  // A new secret: the link that was mailed before stops working once the portal has the new arm.
  TRY(erase_keys(house, old));
  return said("share " + share.id + " gets a new link and a new mail; the old link stops working");
}

base::Result<control::Reply> extend(House& house, const Arguments& arguments) {
  auto share = TRY(share_named(house, arguments));
  if (!alive(share) || share.not_after == 0)
    return refused(kDataError, "only a share that the portal holds can be extended");
  const auto text = argument(arguments, "seconds");
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    return refused(kUsage, "say by how long: --by 3d");
  const std::string before = share.state;
  share.not_after += std::stoll(text);
  ++share.issue;
  share.ready = false;
  TRY(commit_share(house, share, before, "administrator.extend",
                   {{"not_after", std::to_string(share.not_after)}}));
  return said("share " + share.id + " ends at " + local_time(share.not_after) +
              " once the portal has confirmed");
}

}  // namespace service
