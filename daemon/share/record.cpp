#include "share/record.h"

#include <algorithm>

#include "share/json.h"

namespace share {
namespace {

constexpr const char* kStates[] = {"staged",  "ready",   "locked", "suspended",
                                   "expired", "revoked", "absent"};
constexpr const char* kKinds[] = {"hello",   "opened",   "wrong_code", "locked",
                                  "served",  "receipt",  "repaired",   "report",
                                  "expired", "unproved", "otp_wanted"};

const char* complaint(const Record& record) {
  if (record.arm == 0 || record.issue == 0) return "arm and issue start at 1";
  if (record.cover.empty() || record.cover.size() > kMaxCover) return "no cover, or too large";
  if (!record.view_grant && !record.take_grant) return "a record needs a grant";
  for (const auto* grant : {&record.view_grant, &record.take_grant})
    if (*grant && ((*grant)->empty() || (*grant)->size() > kMaxGrant))
      return "a grant is too large";
  if (record.view_grant.has_value() == record.view_blobs.empty() ||
      record.take_grant.has_value() == record.take_blobs.empty())
    return "a scope has a grant and blobs, or neither";
  if (record.view_blobs.size() > kMaxBlobs || record.take_blobs.size() > kMaxBlobs)
    return "more than 64 blobs";
  if (record.not_after < 0 || record.purge_after < record.not_after)
    return "purge_after is before not_after";
  return record.tries_max == 0 ? "tries_max is 0" : nullptr;
}

State read_state(Members& json, std::string_view name) {
  const auto state = parse_state(json.text(name));
  json.require(state.has_value(), "member state: no state");
  return state.value_or(State::Absent);
}

std::string write_scoped_bytes(const Record& record) {
  Object grants;
  if (record.view_grant) grants.bytes("view", *record.view_grant);
  if (record.take_grant) grants.bytes("take", *record.take_grant);
  return grants.finish();
}

std::string write_scoped_ids(const Record& record) {
  Object blobs;
  if (!record.view_blobs.empty()) blobs.ids("view", record.view_blobs);
  if (!record.take_blobs.empty()) blobs.ids("take", record.take_blobs);
  return blobs.finish();
}

void read_scoped(Members& json, Record& record) {
  auto grants = json.object("grants");
  if (grants.has("view")) record.view_grant = grants.bytes("view", kMaxGrant);
  if (grants.has("take")) record.take_grant = grants.bytes("take", kMaxGrant);
  grants.nothing_else();
  auto blobs = json.object("blobs");
  if (blobs.has("view")) record.view_blobs = blobs.ids("view");
  if (blobs.has("take")) record.take_blobs = blobs.ids("take");
  blobs.nothing_else();
}

std::string write_event(const Event& event) {
  Object json;
  json.number("number", event.number).time("at", event.at).text("kind", event.kind);
  if (event.share) json.bytes("share", *event.share);
  if (event.arm) json.number("arm", event.arm);
  if (event.issue) json.number("issue", event.issue);
  std::vector<std::string> scopes;
  for (const Scope scope : event.scopes) scopes.push_back('"' + std::string(word(scope)) + '"');
  if (!scopes.empty()) json.raw("scopes", list(scopes));
  if (event.blob) json.bytes("blob", *event.blob);
  if (event.bytes) json.number("bytes", event.bytes);
  if (event.count) json.number("count", event.count);
  if (!event.payload.empty()) json.bytes("payload", base::as_bytes(event.payload));
  if (!event.mac.empty()) json.bytes("mac", event.mac);
  if (!event.address.empty()) json.text("address", event.address);
  if (!event.agent.empty()) json.text("agent", event.agent);
  return json.finish();
}

std::vector<Scope> read_scopes(Members& json) {
  std::vector<Scope> scopes;
  for (const auto& text : json.words("scopes", 2)) {
    json.require(text == "view" || text == "take", "member scopes: neither view nor take");
    scopes.push_back(text == "view" ? Scope::View : Scope::Take);
  }
  json.require(scopes.size() < 2 || scopes[0] != scopes[1], "member scopes: one twice");
  return scopes;
}

Event read_event(Members& json) {
  Event event;
  event.number = json.number("number", 1);
  event.at = json.time("at");
  event.kind = json.text("kind");
  json.require(std::ranges::find(kKinds, event.kind) != std::end(kKinds), "an unknown event");
  if (json.has("share")) event.share = json.id("share");
  if (json.has("arm")) event.arm = json.small("arm");
  if (json.has("issue")) event.issue = json.small("issue");
  if (json.has("scopes")) event.scopes = read_scopes(json);
  if (json.has("blob")) event.blob = json.id("blob");
  if (json.has("bytes")) event.bytes = json.number("bytes");
  if (json.has("count")) event.count = json.number("count");
  if (json.has("payload")) event.payload = base::as_text(json.bytes("payload", kMaxReceiptPayload));
  if (json.has("mac")) event.mac = json.bytes("mac", 32);
  if (json.has("address")) event.address = json.text("address");
  if (json.has("agent")) event.agent = json.text("agent");
  return event;
}

}  // namespace

const char* word(State state) { return kStates[static_cast<int>(state)]; }

std::optional<State> parse_state(std::string_view word) {
  const auto found = std::ranges::find(kStates, word);
  if (found == std::end(kStates)) return std::nullopt;
  return static_cast<State>(found - std::begin(kStates));
}

base::Result<std::string> write_record(const Record& record) {
  if (const char* why = complaint(record)) return base::reject("share.record", why);
  Object json;
  json.number("v", 1).number("arm", record.arm).number("issue", record.issue);
  json.bytes("link_proof_sha256", record.link_proof_sha256);
  json.bytes("code_proof_sha256", record.code_proof_sha256).bytes("cover", record.cover);
  json.raw("grants", write_scoped_bytes(record)).raw("blobs", write_scoped_ids(record));
  json.time("not_after", record.not_after).time("purge_after", record.purge_after);
  json.number("tries_max", record.tries_max).flag("step_up", record.step_up);
  json.flag("otp", record.otp).number("takes_max", record.takes_max);
  return json.finish();
}

base::Result<Record> parse_record(std::string_view text) {
  auto json = Members::parse(text, kMaxCommand);
  json.version();
  Record record;
  record.arm = json.small("arm", 1);
  record.issue = json.small("issue", 1);
  record.link_proof_sha256 = json.digest("link_proof_sha256");
  record.code_proof_sha256 = json.digest("code_proof_sha256");
  record.cover = json.bytes("cover", kMaxCover);
  read_scoped(json, record);
  record.not_after = json.time("not_after");
  record.purge_after = json.time("purge_after");
  record.tries_max = json.small("tries_max", 1);
  record.step_up = json.flag("step_up");
  record.otp = json.flag("otp");
  record.takes_max = json.small("takes_max");
  json.nothing_else();
  if (const char* why = complaint(record)) json.require(false, why);
  return json.done(std::move(record));
}

std::string write_record_answer(const RecordAnswer& answer) {
  Object json;
  json.text("state", word(answer.state)).number("arm", answer.arm).number("issue", answer.issue);
  json.time("not_after", answer.not_after).time("now", answer.now);
  if (!answer.erased.empty()) json.ids("erased", answer.erased);
  if (!answer.missing.empty()) json.ids("missing", answer.missing);
  return json.finish();
}

base::Result<RecordAnswer> parse_record_answer(std::string_view text) {
  auto json = Members::parse(text, kMaxReply);
  RecordAnswer answer;
  answer.state = read_state(json, "state");
  answer.arm = json.small("arm");
  answer.issue = json.small("issue");
  answer.not_after = json.time("not_after");
  answer.now = json.time("now");
  if (json.has("erased")) answer.erased = json.ids("erased");
  if (json.has("missing")) answer.missing = json.ids("missing");
  return json.done(std::move(answer));
}

std::string write_finish(const Finish& finish) {
  Object json;
  json.bytes("sums", finish.sums);
  if (finish.sha256) json.bytes("sha256", *finish.sha256);
  return json.finish();
}

base::Result<Finish> parse_finish(std::string_view text) {
  auto json = Members::parse(text, kMaxCommand);
  Finish finish;
  finish.sums = json.digest("sums");
  if (json.has("sha256")) finish.sha256 = json.digest("sha256");
  json.nothing_else();
  return json.done(finish);
}

std::string write_time(base::UnixSeconds now) {
  Object json;
  return json.time("now", now).finish();
}

base::Result<base::UnixSeconds> parse_time(std::string_view text) {
  auto json = Members::parse(text, kMaxReply);
  return json.done(json.time("now"));
}

std::string write_events(const Events& events) {
  std::vector<std::string> texts;
  for (const auto& event : events.events) texts.push_back(write_event(event));
  Object json;
  return json.raw("events", list(texts)).flag("more", events.more).time("now", events.now).finish();
}

base::Result<Events> parse_events(std::string_view text) {
  auto json = Members::parse(text, kMaxReply);
  Events events;
  std::uint64_t latest = 0;
  json.each("events", kMaxEvents, [&](Members& members) {
    events.events.push_back(read_event(members));
    members.require(events.events.back().number > latest, "events out of order");
    latest = events.events.back().number;
  });
  events.more = json.flag("more");
  events.now = json.time("now");
  return json.done(std::move(events));
}

}  // namespace share
