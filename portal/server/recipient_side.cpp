#include "portal/recipient_side.h"

#include "portal/target.h"
#include "share/limits.h"

namespace portal {
namespace {

Response common_404() { return Response::json(404, "{\"error\":\"not found\"}"); }
Response later() { return Response::json(503, "{\"error\":\"later\"}"); }
Response no_ticket() {
  auto response = Response::json(401, "{\"error\":\"no ticket\"}");
  response.set_header("WWW-Authenticate", "Bearer");
  return response;
}
Response bad_request() { return Response::json(400, "{\"error\":\"not understood\"}"); }
Response state_answer(State state) {
  share::Refusal refusal;
  refusal.state = state;
  return Response::json(409, share::write_refusal(refusal));
}
Response wrong_code_answer(std::uint32_t tries_left) {
  share::Refusal refusal;
  refusal.tries_left = tries_left;
  return Response::json(403, share::write_refusal(refusal));
}
Response wait_answer(std::int64_t seconds) {
  share::Refusal refusal;
  refusal.retry_after = seconds;
  auto response = Response::json(429, share::write_refusal(refusal));
  response.set_header("Retry-After", std::to_string(seconds));
  return response;
}

base::Milliseconds monotonic() { return base::Clock().monotonic(); }

Visitor visitor_of(const Head& head) {
  return {head.address, clean_agent(head.header("user-agent"))};
}

StoredEvent event_of(const char* kind, const Head& head, base::UnixSeconds now) {
  StoredEvent event;
  event.kind = kind;
  event.at = now;
  event.visitor = visitor_of(head);
  return event;
}

void name_share(StoredEvent& event, const Id& id, std::uint32_t arm, std::uint32_t issue) {
  event.share = id;
  event.arm = arm;
  event.issue = issue;
}

bool asks(const share::OpenRequest& request, share::Scope scope) {
  return std::find(request.scopes.begin(), request.scopes.end(), scope) != request.scopes.end();
}

}  // namespace

RecipientSide::RecipientSide(Core& core)
    : core_(core),
      requests_(core.config.limits.requests_per_minute),
      failures_(core.config.limits.failures_per_minute),
      slow_(share::kSlowAttemptSeconds * 1000) {}

RecipientSide::Handler RecipientSide::handler_of(std::string_view target) {
  if (target == "/api/1/hello") return &RecipientSide::hello;
  if (target == "/api/1/open") return &RecipientSide::open;
  if (target == "/api/1/renew") return &RecipientSide::renew;
  if (target == "/api/1/receipts") return &RecipientSide::receipts;
  return nullptr;
}

Plan RecipientSide::admit(const Head& head) {
  if (const auto wait = throttle(head)) return finished(head, wait_answer(wait));
  if (head.method == "GET" || head.method == "HEAD") return settled(head, get(head));
  if (head.method == "OPTIONS" && crosses_origin(head)) return finished(head, Response(204));
  if (head.method != "POST" || handler_of(head.target) == nullptr)
    return finished(head, common_404());
  if (core_.now().jumped) return finished(head, later());
  return ReadBody{share::kMaxRequest};
}

Response RecipientSide::answer(const Head& head, const std::string& body) {
  return settled(head, (this->*handler_of(head.target))(head, body));
}

Response RecipientSide::refuse(unsigned status) {
  auto response = finished({}, Response::json(status, "{\"error\":\"refused\"}"));
  response.close = true;
  return response;
}

std::int64_t RecipientSide::throttle(const Head& head) {
  const std::string network = network_of(head.address);
  const auto now = monotonic();
  const auto wait = requests_.lock()->wait(network, now);
  if (wait == 0) requests_.lock()->count(network, now);
  return wait;
}

base::Result<std::optional<ShareRow>> RecipientSide::proven(const Head& head, const Id& id,
                                                            const share::Digest& link_proof) {
  const Digest proof = sha256(link_proof);
  std::optional<ShareRow> row = TRY(core_.store.lock()->share(id));
  const Digest nobody{};
  const bool right =
      base::equal_in_constant_time(row ? row->record.link_proof_sha256 : nobody, proof);
  if (!right || !row || row->state == State::Staged || row->state == State::Absent) {
    failures_.lock()->count(network_of(head.address), monotonic());
    core_.count_unproved();
    return std::optional<ShareRow>();
  }
  TRY(core_.store.lock()->expire_if_over(*row, core_.now().time));
  return row;
}

base::Result<Response> RecipientSide::hello(const Head& head, const std::string& body) {
  const auto wait = failures_.lock()->wait(network_of(head.address), monotonic());
  if (wait != 0) return wait_answer(wait);
  const auto request = share::parse_hello_request(body);
  if (!request.ok()) return bad_request();
  const auto row = TRY(proven(head, request.value().share, request.value().link_proof));
  if (!row) return common_404();
  const auto now = core_.now().time;
  auto event = event_of(request.value().repaired ? "repaired" : "hello", head, now);
  name_share(event, row->id, row->record.arm, row->record.issue);
  TRY(core_.store.lock()->add_event(event));
  share::HelloAnswer answer;
  answer.state = row->state;
  answer.arm = row->record.arm;
  answer.issue = row->record.issue;
  answer.cover = row->record.cover;
  answer.otp = row->record.otp;
  answer.step_up = row->record.step_up;
  answer.now = now;
  const auto left = row->record.tries_max - std::min(row->tries, row->record.tries_max);
  if (left <= share::kTriesLeftTold) answer.tries_left = left;
  return Response::json(200, share::write_hello_answer(answer));
}

base::Result<Response> RecipientSide::open(const Head& head, const std::string& body) {
  const std::string network = network_of(head.address);
  const auto wait = failures_.lock()->wait(network, monotonic());
  if (wait != 0) return wait_answer(wait);
  const auto request = share::parse_open_request(body);
  if (!request.ok()) return bad_request();
  const auto row = TRY(proven(head, request.value().share, request.value().link_proof));
  if (!row) return common_404();
  if (row->state != State::Ready) return state_answer(row->state);
  const std::string pace = share::id_text(row->id) + network;
  if (row->tries >= share::kSlowAfterWrong) {
    const auto slow = slow_.lock()->take(pace, monotonic());
    if (slow != 0) return wait_answer(slow);
  }
  return attempt(head, *row, request.value());
}

base::Result<Response> RecipientSide::attempt(const Head& head, const ShareRow& row,
                                              const share::OpenRequest& request) {
  const auto now = core_.now().time;
  const bool taken_up = row.record.takes_max != 0 && row.takes >= row.record.takes_max;
  share::OpenAnswer answer;
  if (asks(request, share::Scope::View)) answer.view_grant = row.record.view_grant;
  if (asks(request, share::Scope::Take) && !taken_up) answer.take_grant = row.record.take_grant;
  answer.ticket = random_digest();
  answer.ticket_ends = std::min(now + share::kTicketSeconds, row.record.not_after);
  answer.arm = row.record.arm;
  answer.issue = row.record.issue;
  const NewTicket ticket{sha256(answer.ticket), answer.view_grant.has_value(),
                         answer.take_grant.has_value(), answer.ticket_ends};
  const auto outcome = TRY(core_.store.lock()->attempt(row.id, sha256(request.code_proof), ticket,
                                                       visitor_of(head), now));
  switch (outcome.result) {
    case OpenResult::Opened:
      return Response::json(200, share::write_open_answer(answer));
    case OpenResult::WrongCode:
      return wrong_code_answer(outcome.tries_left);
    case OpenResult::NotReady:
      break;
  }
  return state_answer(outcome.state);
}

base::Result<Response> RecipientSide::renew(const Head&, const std::string& body) {
  const auto request = share::parse_renew_request(body);
  if (!request.ok()) return bad_request();
  const auto now = core_.now().time;
  const auto ticket = TRY(core_.store.lock()->ticket(sha256(request.value()), now));
  if (!ticket || now >= ticket->opened + share::kRenewSeconds) return no_ticket();
  share::RenewAnswer answer;
  answer.ticket = random_digest();
  answer.ticket_ends = std::min(
      {now + share::kTicketSeconds, ticket->not_after, ticket->opened + share::kRenewSeconds});
  TRY(core_.store.lock()->renew(
      *ticket, {sha256(answer.ticket), ticket->view, ticket->take, answer.ticket_ends}));
  return Response::json(200, share::write_renew_answer(answer));
}

base::Result<Response> RecipientSide::receipts(const Head& head, const std::string& body) {
  const auto request = share::parse_receipt_request(body);
  if (!request.ok()) return bad_request();
  const auto now = core_.now().time;
  const auto ticket = TRY(core_.store.lock()->ticket(sha256(request.value().ticket), now));
  if (!ticket) return no_ticket();
  auto event = event_of("receipt", head, now);
  name_share(event, ticket->share, ticket->arm, ticket->issue);
  event.payload = request.value().payload;
  event.mac = base::to_bytes(request.value().mac);
  if (!TRY(core_.store.lock()->count_receipt(*ticket, event)))
    return wait_answer(share::kTicketSeconds);
  return Response::json(202, "{}");
}

}  // namespace portal
