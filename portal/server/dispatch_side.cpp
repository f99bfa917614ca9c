#include "portal/dispatch_side.h"

#include "portal/target.h"
#include "portal/wire.h"
#include "share/limits.h"

namespace portal {
namespace {

constexpr std::string_view kShares = "/d/1/shares/";
constexpr std::string_view kBlobs = "/d/1/blobs/";
constexpr std::string_view kEvents = "/d/1/events?after=";

struct Command {
  std::string_view suffix;
  Act act;
};
constexpr Command kCommands[] = {
    {"/suspend", Act::Suspend}, {"/lift", Act::Lift}, {"/revoke", Act::Revoke}};

Response not_found() { return Response::json(404, write_error("not found")); }
Response conflict(const char* what) { return Response::json(409, write_error(what)); }
Response not_understood(const base::Fault& fault) {
  return Response::json(400, write_error(fault.what.c_str()));
}

// Remedies as statuses: what the world may repair is worth another try.
Response of_fault(const base::Fault& fault) {
  return Response::json(fault.remedy == base::Remedy::RetryLater ? 507 : 500,
                        write_error("the portal could not store this"));
}

Response finished(Response response) {
  bool tus = false;
  for (const auto& [name, value] : response.headers()) tus = tus || name == "Tus-Resumable";
  if (!tus) response.set_header("Tus-Resumable", "1.0.0");
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Content-Type-Options", "nosniff");
  return response;
}

Response capabilities() {
  Response response(204);
  response.set_header("Tus-Version", "1.0.0");
  response.set_header("Tus-Extension", "creation,checksum,termination");
  response.set_header("Tus-Checksum-Algorithm", "sha256");
  return response;
}

bool takes_body(const Head& head) {
  if (head.method == "PUT") return id_between(head.target, kShares, "").has_value();
  if (head.method != "POST") return false;
  if (head.target == "/d/1/time" || id_between(head.target, kBlobs, "/finish")) return true;
  for (const Command& command : kCommands)
    if (id_between(head.target, kShares, command.suffix)) return true;
  return false;
}

}  // namespace

Plan DispatchSide::admit(const Head& head) {
  auto planned = plan(head);
  if (!planned.ok()) return finished(of_fault(planned.fault()));
  if (auto* response = std::get_if<Response>(&planned.value()))
    return finished(std::move(*response));
  return std::move(planned).value();
}

base::Result<Plan> DispatchSide::plan(const Head& head) {
  const auto version = head.header("tus-resumable");
  if (!version.empty() && version != "1.0.0") return Plan(Response(412));
  if (takes_body(head)) return Plan(ReadBody{share::kMaxCommand});
  if (head.method == "OPTIONS") return Plan(capabilities());
  if (head.method == "POST" && head.target == "/d/1/blobs") return Plan(TRY(create(head)));
  const auto id = id_between(head.target, kBlobs, "");
  if (head.method == "PATCH" && id) return patch(head, *id);
  if (head.method == "HEAD" && id) return Plan(TRY(progress(*id)));
  if (head.method == "DELETE" && id) return Plan(TRY(erase(*id)));
  if (head.method == "GET") return Plan(TRY(get(head)));
  return Plan(not_found());
}

Response DispatchSide::answer(const Head& head, const std::string& body) {
  auto result = answer_or_fault(head, body);
  return finished(result.ok() ? std::move(result).value() : of_fault(result.fault()));
}

base::Result<Response> DispatchSide::answer_or_fault(const Head& head, const std::string& body) {
  if (head.target == "/d/1/time") return confirm_time(body);
  if (const auto id = id_between(head.target, kBlobs, "/finish")) return finish(*id, body);
  if (head.method == "PUT") return put(*id_between(head.target, kShares, ""), body);
  for (const Command& each : kCommands)
    if (const auto id = id_between(head.target, kShares, each.suffix))
      return command(*id, each.act);
  return not_found();
}

Response DispatchSide::refuse(unsigned status) {
  auto response = finished(Response::json(status, write_error("refused")));
  response.close = true;
  return response;
}

base::Result<Response> DispatchSide::get(const Head& head) {
  if (head.target == "/d/1/time") {
    const auto now = core_.now();
    return Response::json(200, write_clock(now.time, read_clocks().wall, now.jumped));
  }
  if (head.target.starts_with(kEvents))
    return events(std::string_view(head.target).substr(kEvents.size()));
  return not_found();
}

base::Result<Response> DispatchSide::events(std::string_view after) {
  const auto number = parse_number(after);
  if (!number || *number > share::kMaxInteger) return Response::json(400, write_error("after"));
  auto events = TRY(core_.store.lock()->events_after(*number, share::kMaxEvents + 1));
  const bool more = events.size() > share::kMaxEvents;
  if (more) events.pop_back();
  return Response::json(200, write_event_list(events, more, core_.now().time));
}

base::Result<Response> DispatchSide::put(const Id& id, const std::string& body) {
  const auto record = share::parse_record(body);
  if (!record.ok()) return not_understood(record.fault());
  const Digest digest = sha256(base::as_bytes(body));
  const auto outcome = TRY(core_.store.lock()->put(id, record.value(), digest, core_.now().time));
  return Response::json(outcome.refused ? 409 : 200, share::write_record_answer(outcome.answer));
}

base::Result<Response> DispatchSide::command(const Id& id, Act act) {
  const auto outcome = TRY(core_.store.lock()->command(id, act, core_.now().time));
  // What was never written, or is forgotten, is as revoked as it can be.
  const bool nothing = outcome.answer.state == State::Absent;
  if (nothing && act != Act::Revoke) return not_found();
  TRY(core_.files.erase(outcome.answer.erased));
  return Response::json(outcome.refused && !nothing ? 409 : 200,
                        share::write_record_answer(outcome.answer));
}

base::Result<Response> DispatchSide::confirm_time(const std::string& body) {
  const auto confirmed = parse_confirm(body);
  if (!confirmed.ok()) return not_understood(confirmed.fault());
  if (!TRY(core_.confirm_time(confirmed.value())))
    return conflict("that is not the time of this machine");
  const auto now = core_.now();
  return Response::json(200, write_clock(now.time, read_clocks().wall, now.jumped));
}

}  // namespace portal
