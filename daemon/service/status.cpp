// Status: per stage and state how many and how old the oldest; what is held, why, and what releases
// it; what waits for whom, with the last answer and the next attempt.
#include <algorithm>

#include "service/answers.h"

namespace service {
namespace {

constexpr std::size_t kNamed = 4;  // ids in one line; the lists have all of them

// In the order in which a study passes; a state that is not named here comes last.
const std::vector<std::string>& order() {
  static const std::vector<std::string> names = {
      "instance received",  "instance comparing", "instance quarantined", "instance examined",
      "instance duplicate", "instance removed",   "study assembling",     "study complete",
      "study unrouted",     "study routed",       "bundle planned",       "bundle prepared",
      "bundle sealed",      "bundle published",   "bundle deleted",       "share waiting",
      "share announced",    "share revoking",     "share revoked",        "share expired"};
  return names;
}

std::size_t place_of(const ledger::Ledger::Count& count) {
  const auto& names = order();
  return static_cast<std::size_t>(
      std::find(names.begin(), names.end(), count.stage + " " + count.state) - names.begin());
}

std::string plural(std::size_t count, const std::string& kind) {
  const std::string many = kind == "study" ? "studies" : kind + "s";
  return std::to_string(count) + " " + (count == 1 ? kind : many);
}

std::string name_of(const std::string& kind, const std::string& id) {
  return kind == "bundle" ? "bundle:" + id : kind == "share" ? id.substr(0, 8) : id;
}

std::string named(const std::vector<std::string>& ids) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ids.size(), kNamed); ++i)
    text += (i == 0 ? "" : " ") + ids[i];
  if (ids.size() > kNamed) text += " and " + std::to_string(ids.size() - kNamed) + " more";
  return text;
}

// A reason may name the command that mends it: it stands in a column of its own.
constexpr std::string_view kMakeOne = "; make one: ";

std::string command_for(const ledger::Ledger::Held& held, const std::string& name) {
  const auto at = held.reason.find(kMakeOne);
  return at == std::string::npos ? "dcmcourier release " + name
                                 : held.reason.substr(at + kMakeOne.size());
}

// Held for the same reason stands in one line.
base::Result<control::Table> held_table(House& house) {
  struct Group {
    std::vector<std::string> ids;
    std::string command;
  };
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const auto& held : TRY(house.ledger->held())) {
    auto& group = groups[{held.kind, held.reason.substr(0, held.reason.find(kMakeOne))}];
    group.ids.push_back(name_of(held.kind, held.id));
    if (group.command.empty()) group.command = command_for(held, group.ids.front());
  }
  control::Table table{{"held", "which", "why", "goes on with"}, {}};
  for (const auto& [what, group] : groups)
    table.rows.push_back(
        {plural(group.ids.size(), what.first), named(group.ids), what.second, group.command});
  return table;
}

// What waits, by what it waits for and what was answered last.
class Waiting {
 public:
  explicit Waiting(House& house) : house_(house) {}

  base::Status look() {
    TRY(look_at_studies());
    TRY(look_at_bundles());
    return look_at_shares();
  }

  control::Table table() const {
    control::Table table{{"waiting", "which", "for", "oldest", "tries", "next try", "last answer"},
                         {}};
    for (const auto& [what, group] : groups_)
      table.rows.push_back({plural(group.ids.size(), what.kind), named(group.ids), what.whom,
                            age(group.since, house_.now()), std::to_string(group.tries),
                            next(group.next), what.answer});
    return table;
  }

 private:
  struct What {
    std::string kind, whom, answer;
    auto operator<=>(const What&) const = default;
  };
  struct Group {
    std::vector<std::string> ids;
    std::int64_t since = 0, tries = 0, next = 0;
  };

  std::string next(std::int64_t at) const {
    if (at == 0) return "";
    return at <= house_.now() ? "now" : "in " + age(house_.now(), at);
  }

  void add(const What& what, const std::string& id, std::int64_t since, std::int64_t tries = 0,
           std::int64_t next = 0) {
    auto& group = groups_[what];
    group.ids.push_back(name_of(what.kind, id));
    group.since = group.ids.size() == 1 ? since : std::min(group.since, since);
    group.tries = std::max(group.tries, tries);
    if (next != 0) group.next = group.next == 0 ? next : std::min(group.next, next);
  }

  base::Status look_at_studies() {
    for (const auto& study : TRY(house_.ledger->studies_in("assembling")))
      add({"study", "its quiet period to end", ""}, std::to_string(study.id), study.last_receipt);
    for (const auto& study : TRY(house_.ledger->studies_in("unrouted")))
      add({"study", "a route that matches; see `explain`", ""}, std::to_string(study.id),
          study.last_receipt);
    return base::Done{};
  }

  base::Status look_at_bundles() {
    for (const char* state : {"planned", "prepared", "sealed"})
      for (const auto& bundle : TRY(house_.ledger->bundles_in(state))) {
        if (!bundle.held.empty()) continue;
        const auto study = TRY(house_.ledger->study(bundle.study));
        const auto since = study ? study->last_receipt : house_.now();
        add({"bundle", whom(bundle), answer(bundle)}, std::to_string(bundle.id), since,
            bundle.attempts, bundle.next_attempt);
      }
    return base::Done{};
  }

  std::string whom(const ledger::Bundle& bundle) const {
    if (bundle.ahead == "overtaken") return "its deletion";
    if (bundle.state == "planned") return house_.hints.outbox_full ? "room in the outbox" : "work";
    if (bundle.state == "prepared") return "verify";
    return bundle.ahead.empty() ? "the portal" : "its study to be complete";
  }

  std::string answer(const ledger::Bundle& bundle) const {
    const auto said = house_.hints.upload_answer.find(bundle.id);
    return bundle.attempts > 0 && said != house_.hints.upload_answer.end() ? said->second : "";
  }

  base::Status look_at_shares() {
    for (const auto& share : TRY(house_.ledger->shares_in({"waiting", "revoking"}))) {
      if (!share.held.empty() && share.state == "waiting") continue;
      const auto bundle = TRY(house_.ledger->bundle(share.bundle));
      const bool published = bundle && bundle->state == "published";
      std::string whom = "its bundle";
      if (published) whom = share.ready ? "the mail server" : "the portal";
      if (share.state == "revoking") whom = "the portal to revoke it: the link may still open";
      const bool unheard = published && !share.ready && share.attempts == 0;
      add({"share", whom, unheard ? house_.hints.portal_answer : share.last}, share.id,
          share.made_at, share.attempts, share.attempts == 0 ? 0 : share.next_attempt);
    }
    return base::Done{};
  }

  House& house_;
  std::map<What, Group> groups_;
};

std::string roles(const House& house) {
  std::string here, missing;
  for (const char* role : {"work", "verify", "send"}) {
    auto& list = house.has(role) ? here : missing;
    list += (list.empty() ? "" : ", ") + std::string(role);
  }
  return (here.empty() ? "" : "; up: " + here) +
         (missing.empty() ? "" : "; not connected: " + missing);
}

std::string headline(const House& house, const std::vector<Running>& running) {
  const auto& hints = house.hints;
  std::string text =
      "settings " + house.settings.revision + "; receive is " +
      (hints.receive_connected ? "up, " + std::to_string(hints.open.size()) + " associations"
                               : "not connected") +
      roles(house);
  if (hints.outbox_full) text += "\nthe outbox is full";
  if (hints.purging_suspended) text += "\npurging is suspended: `dcmcourier clock confirm`";
  for (const auto& one : running) {
    text += "\nrunning: " + one.what;
    if (one.progress.of > 0)
      text += " " + std::to_string(one.progress.done * 100 / one.progress.of) + " %";
  }
  return text;
}

base::Result<control::Reply> status(House& house, const std::vector<Running>& running,
                                    bool seconds) {
  control::Reply reply{
      0, headline(house, running), {"stage", "state", "count", "held", "oldest"}, {}};
  if (seconds) reply.columns.emplace_back("oldest seconds");
  auto counts = TRY(house.ledger->counts());
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  for (const auto& count : counts) {
    reply.rows.push_back({count.stage, count.state, std::to_string(count.count),
                          std::to_string(count.held), age(count.oldest, house.now())});
    if (seconds)
      reply.rows.back().push_back(
          std::to_string(std::max<std::int64_t>(0, house.now() - count.oldest)));
  }
  reply.more.push_back(TRY(held_table(house)));
  Waiting waiting(house);
  TRY(waiting.look());
  reply.more.push_back(waiting.table());
  return reply;
}

}  // namespace

control::Reply show_status(House& house, const std::vector<Running>& running,
                           const Arguments& arguments) {
  auto reply = status(house, running, argument(arguments, "seconds") == "true");
  return reply.ok() ? std::move(reply).value() : refused(kTempFail, reply.fault().what);
}

}  // namespace service
