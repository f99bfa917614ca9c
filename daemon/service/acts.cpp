// Holding, releasing, trying again, quarantining: what an administrator does to studies and
// bundles. Each is audited in the commit that it makes.
#include "service/answers.h"
#include "service/instances.h"
#include "service/outbox.h"

namespace service {
namespace {

// "study 12", "bundle 3", "share 3f2a...": the kind may be left out for a study (digits alone).
struct Target {
  std::string kind, id;
};

base::Result<Target> target_of(const Arguments& arguments) {
  const auto text = argument(arguments, "id");
  const auto colon = text.find(':');
  Target target = colon == std::string::npos
                      ? Target{"", text}
                      : Target{text.substr(0, colon), text.substr(colon + 1)};
  const bool digits = !target.id.empty() && target.id.size() < 16 &&
                      target.id.find_first_not_of("0123456789") == std::string::npos;
  if (target.kind.empty()) target.kind = digits ? "study" : "share";
  if ((target.kind == "study" || target.kind == "bundle") && digits) return target;
  if (target.kind == "share" && target.id.size() >= 4) return target;
  return base::reject("service.answer",
                      "name a study by its number, a bundle as bundle:N, a share by its id");
}

template <typename Row>
base::Result<Row> found(base::Result<std::optional<Row>> row, const std::string& what) {
  auto value = TRY(std::move(row));
  if (!value) return base::reject("service.answer", "there is no such " + what);
  return std::move(*value);
}

constexpr const char* kByAdministrator = "held by an administrator";

// What has been routed goes its way as bundles and shares: holding a study holds these as well, and
// releasing it releases those that were held so.
base::Status hold_deliveries(ledger::Ledger& ledger, std::int64_t study, const std::string& from,
                             const std::string& to) {
  for (const char* state : {"planned", "prepared", "sealed"})
    for (auto& bundle : TRY(ledger.bundles_in(state))) {
      if (bundle.study != study || bundle.held != from) continue;
      bundle.held = to;
      TRY(ledger.update(bundle, bundle.state));
    }
  for (auto& share : TRY(ledger.shares_in({"waiting"}))) {
    if (share.study != study || share.held != from) continue;
    share.held = to;
    TRY(ledger.update(share, share.state));
  }
  return base::Done{};
}

base::Status set_held(House& house, const Target& target, const std::string& reason) {
  auto& ledger = *house.ledger;
  return ledger.commit([&]() -> base::Status {
    if (target.kind == "study") {
      auto study = TRY(found(ledger.study(std::stoll(target.id)), "study"));
      if (reason.empty()) study.approved = study.revision;
      study.held = reason;
      TRY(ledger.update(study, study.state));
      TRY(hold_deliveries(ledger, study.id, reason.empty() ? kByAdministrator : "", reason));
    } else if (target.kind == "bundle") {
      auto bundle = TRY(found(ledger.bundle(std::stoll(target.id)), "bundle"));
      bundle.held = reason;
      bundle.attempts = 0;
      bundle.next_attempt = 0;
      TRY(ledger.update(bundle, bundle.state));
    } else {
      auto share = TRY(found(ledger.share(target.id), "share"));
      share.held = reason;
      share.attempts = 0;
      share.next_attempt = 0;
      TRY(ledger.update(share, share.state));
    }
    return ledger.audit(reason.empty() ? "administrator.release" : "administrator.hold",
                        {{target.kind, target.id}, {"reason", reason}});
  });
}

}  // namespace

base::Result<control::Reply> hold(House& house, const Arguments& arguments) {
  const auto target = TRY(target_of(arguments));
  TRY(set_held(house, target, kByAdministrator));
  return said(target.kind + " " + target.id + " is held");
}

base::Result<control::Reply> release(House& house, const Arguments& arguments) {
  const auto target = TRY(target_of(arguments));
  TRY(set_held(house, target, ""));
  return said(target.kind + " " + target.id + " is released");
}

// An unrouted study is matched against today's routes; everything else is released and due at once.
base::Result<control::Reply> retry(House& house, const Arguments& arguments) {
  const auto target = TRY(target_of(arguments));
  TRY(set_held(house, target, ""));
  if (target.kind != "study") return said(target.kind + " " + target.id + " is tried again now");
  auto study = TRY(found(house.ledger->study(std::stoll(target.id)), "study"));
  if (study.state != "unrouted") return said("study " + target.id + " is tried again now");
  study.state = "complete";
  TRY(house.ledger->commit([&] { return house.ledger->update(study, "unrouted"); }));
  return said("study " + target.id + " is matched against the routes again");
}

base::Result<control::Reply> quarantine_instance(House& house, const Arguments& arguments) {
  const auto text = argument(arguments, "id");
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos)
    return base::reject("service.answer",
                        "an instance is named by its number; see `dcmcourier instances STUDY`");
  auto instance = TRY(found(house.ledger->instance(std::stoll(text)), "instance"));
  if (instance.state != "examined" && instance.state != "received")
    return refused(kDataError, "instance " + text + " is " + instance.state);
  TRY(quarantine(house, std::move(instance), "by an administrator"));
  return said("instance " + text + " is quarantined: kept, sealed, in no study");
}

}  // namespace service
