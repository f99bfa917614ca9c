#include "service/metrics.h"

#include "journal/events.h"
#include "service/callers.h"
#include "service/figures.h"

namespace service {
namespace {

using metrics::Family;
using metrics::Kind;

constexpr base::Milliseconds kFresh = 2'000;
constexpr base::Milliseconds kPart = 20;  // of the time, at most one part is spent on measuring

struct Place {
  const char *stage, *state;
  bool waits;  // what is in it goes on, or should
};
constexpr Place kPlaces[] = {{"instance", "received", true},     {"instance", "comparing", true},
                             {"instance", "quarantined", false}, {"instance", "examined", false},
                             {"instance", "duplicate", false},   {"instance", "removed", false},
                             {"study", "assembling", true},      {"study", "complete", true},
                             {"study", "unrouted", true},        {"study", "routed", false},
                             {"bundle", "planned", true},        {"bundle", "prepared", true},
                             {"bundle", "sealed", true},         {"bundle", "published", false},
                             {"bundle", "deleted", false},       {"share", "waiting", true},
                             {"share", "announced", false},      {"share", "revoking", true},
                             {"share", "revoked", false},        {"share", "expired", false}};

// What the ledger's commits have counted: the audit's events, under names for a graph.
struct Counted {
  const char *event, *name, *help;
};
constexpr Counted kCounted[] = {
    {"association.closed", "associations", "Associations that have ended"},
    {"received", "instances_received", "Instances taken from the spool"},
    {"received bytes", "instances_received_bytes", "Their sealed size in bytes"},
    {"instance.duplicate", "instances_duplicate", "Instances that were here already"},
    {"instance.quarantined", "instances_quarantined", "Instances that cannot be used"},
    {"instance.not_released", "instances_not_released", "Held back by de-identification"},
    {"study.complete", "studies_complete", "Studies that became complete"},
    {"study.routed", "studies_routed", "Studies that a route matched"},
    {"study.unrouted", "studies_unrouted", "Studies that no route matched"},
    {"study.held", "studies_held", "Times a study was held"},
    {"bundle.prepared", "bundles_prepared", "Bundles prepared"},
    {"bundle.sealed", "bundles_sealed", "Bundles verified"},
    {"bundle.published", "bundles_published", "Bundles at the portal"},
    {"bundle.held", "bundles_held", "Times a bundle was held"},
    {"share.ready", "shares_ready", "Records that the portal has confirmed"},
    {"share.announced", "mails_announced", "Mails that the mail server took"},
    {"share.mail_postponed", "mails_postponed", "Mails that are tried again"},
    {"share.held", "shares_held", "Times a share was held, its mail refused for instance"},
    {"share.revoked", "shares_revoked", "Shares revoked, confirmed by the portal"},
    {"share.expired", "shares_expired", "Shares that have ended by their time"}};

std::string full(const std::string& name) { return "dcmcourier_" + name; }

Family gauge(const std::string& name, const std::string& help, double value) {
  return {full(name), help, Kind::Gauge, {{{}, value}}};
}

base::Status add_queue(House& house, std::vector<Family>& families) {
  Family rows{full("rows"), "Rows of the ledger by stage and state", Kind::Gauge, {}};
  Family oldest{
      full("oldest_seconds"), "Age of the oldest that waits, 0: none does", Kind::Gauge, {}};
  Family held{full("held"), "Held until an administrator releases them", Kind::Gauge, {}};
  const auto counts = TRY(house.ledger->counts());
  for (const auto& place : kPlaces) {
    ledger::Ledger::Count found;
    for (const auto& count : counts)
      if (count.stage == place.stage && count.state == place.state) found = count;
    const metrics::Sample at{{{"stage", place.stage}, {"state", place.state}},
                             static_cast<double>(found.count)};
    rows.samples.push_back(at);
    if (!place.waits) continue;
    const auto age = found.count == 0 ? 0 : std::max<std::int64_t>(0, house.now() - found.oldest);
    oldest.samples.push_back({at.labels, static_cast<double>(age)});
  }
  std::map<std::string, double> by_stage = {{"study", 0}, {"bundle", 0}, {"share", 0}};
  for (const auto& one : TRY(house.ledger->held())) ++by_stage[one.kind];
  for (const auto& [stage, count] : by_stage) held.samples.push_back({{{"stage", stage}}, count});
  families.insert(families.end(), {rows, oldest, held});
  return base::Done{};
}

base::Status add_room(House& house, std::vector<Family>& families) {
  const auto room = TRY(measure_room(house));
  const std::tuple<const char*, const char*, std::uint64_t> gauges[] = {
      {"disk_available_bytes", "Free where storage.directory is", room.available},
      {"disk_size_bytes", "Of the disk where storage.directory is", room.total},
      {"low_water_bytes", "Below this no association is taken", room.low_water},
      {"outbox_used_bytes", "Sealed bundles that wait", room.outbox_used},
      {"outbox_limit_bytes", "Above this sealing waits", room.outbox_limit},
      {"spool_used_bytes", "Originals, sealed", room.spool_used}};
  for (const auto& [name, help, value] : gauges)
    families.push_back(gauge(name, help, static_cast<double>(value)));
  return base::Done{};
}

base::Result<double> noted(House& house, const char* name) {
  const auto text = TRY(house.ledger->note(name));
  return text.empty() ? 0.0 : static_cast<double>(std::stoll(text));
}

base::Status add_state(House& house, std::vector<Family>& families) {
  Family roles{full("role_connected"), "Whether a role is connected to dispatch", Kind::Gauge, {}};
  Family lost{full("children_lost_total"), "Children that died with their job", Kind::Counter, {}};
  for (const char* role : {"receive", "work", "verify", "send"}) {
    roles.samples.push_back({{{"role", role}}, house.has(role) ? 1.0 : 0.0});
    if (role != std::string("receive"))
      lost.samples.push_back(
          {{{"role", role}}, static_cast<double>(house.hints.children_lost[role])});
  }
  const auto& hints = house.hints;
  families.insert(
      families.end(),
      {roles, lost,
       gauge("associations_open", "Associations that are open",
             static_cast<double>(hints.open.size())),
       gauge("outbox_full", "1: sealing waits for room", hints.outbox_full ? 1 : 0),
       gauge("purging_suspended", "1: the clock jumped, nothing expires",
             hints.purging_suspended ? 1 : 0),
       gauge("portal_ahead_seconds", "The portal's clock less ours, when it was last asked",
             static_cast<double>(hints.portal_ahead)),
       gauge("last_upload_timestamp_seconds", "When the portal last confirmed a blob, 0: never",
             TRY(noted(house, kLastUpload))),
       gauge("last_mail_timestamp_seconds", "When the mail server last took a mail, 0: never",
             TRY(noted(house, kLastMail)))});
  return base::Done{};
}

base::Status add_callers(House& house, std::vector<Family>& families) {
  Family callers{full("caller_last_seen_timestamp_seconds"),
                 "When a configured caller last brought an instance, 0: never",
                 Kind::Gauge,
                 {}};
  std::map<std::string, base::UnixSeconds> latest;  // two entries may have one name
  for (const auto& [caller, at] : TRY(callers_last_seen(house)))
    latest[caller] = std::max(latest[caller], at);
  for (const auto& [caller, at] : latest)
    callers.samples.push_back({{{"caller", caller}}, static_cast<double>(at)});
  families.push_back(std::move(callers));
  return base::Done{};
}

}  // namespace

base::Result<std::vector<Family>> measure(House& house) {
  std::vector<Family> families = {
      {full("build_info"),
       "Version, and the settings in force",
       Kind::Gauge,
       {{{{"version", DCMCOURIER_VERSION}, {"settings", house.settings.revision}}, 1}}}};
  TRY(add_queue(house, families));
  TRY(add_room(house, families));
  TRY(add_state(house, families));
  TRY(add_callers(house, families));
  const auto& counted = house.ledger->counted();
  for (const auto& one : kCounted) {
    const auto found = counted.find(one.event);
    const double value = found == counted.end() ? 0 : static_cast<double>(found->second);
    families.push_back({full(one.name) + "_total", one.help, Kind::Counter, {{{}, value}}});
  }
  return families;
}

std::string metrics_text(House& house) {
  auto& kept = house.hints.metrics;
  const auto begun = house.clock.monotonic();
  if (!kept.first.empty() && begun < kept.second) return kept.first;
  const auto families = measure(house);
  if (!families.ok()) {
    journal::fault("metrics", families.fault());
    return "";
  }
  const auto ended = house.clock.monotonic();
  kept = {metrics::serialised(families.value()), ended + std::max(kFresh, kPart * (ended - begun))};
  return kept.first;
}

}  // namespace service
