#include "share/messages.h"

#include <algorithm>

#include "share/json.h"

namespace share {
namespace {

constexpr const char* kReceiptKinds[] = {"opened", "viewed", "part", "complete"};

std::string write_ticket(const Ticket& ticket, base::UnixSeconds ends) {
  Object json;
  return json.bytes("ticket", ticket).time("ticket_ends", ends).finish();
}

}  // namespace

std::string write_hello_request(const HelloRequest& request) {
  Object json;
  json.bytes("share", request.share).bytes("link_proof", request.link_proof);
  return json.flag("repaired", request.repaired).finish();
}

base::Result<HelloRequest> parse_hello_request(std::string_view text) {
  auto json = Members::parse(text, kMaxRequest);
  HelloRequest request;
  request.share = json.id("share");
  request.link_proof = json.digest("link_proof");
  request.repaired = json.flag("repaired");
  json.nothing_else();
  return json.done(request);
}

std::string write_hello_answer(const HelloAnswer& answer) {
  Object json;
  json.text("state", word(answer.state)).number("arm", answer.arm).number("issue", answer.issue);
  json.bytes("cover", answer.cover).flag("otp", answer.otp).flag("step_up", answer.step_up);
  if (answer.tries_left) json.number("tries_left", *answer.tries_left);
  return json.time("now", answer.now).finish();
}

base::Result<HelloAnswer> parse_hello_answer(std::string_view text) {
  auto json = Members::parse(text, kMaxAnswer);
  HelloAnswer answer;
  const auto state = parse_state(json.text("state"));
  json.require(state && *state != State::Staged && *state != State::Absent,
               "member state: no state that is told");
  answer.state = state.value_or(State::Absent);
  answer.arm = json.small("arm", 1);
  answer.issue = json.small("issue", 1);
  answer.cover = json.bytes("cover", kMaxCover);
  answer.otp = json.flag("otp");
  answer.step_up = json.flag("step_up");
  if (json.has("tries_left")) answer.tries_left = json.small("tries_left");
  answer.now = json.time("now");
  return json.done(std::move(answer));
}

std::string write_open_request(const OpenRequest& request) {
  std::vector<std::string> scopes;
  for (const Scope scope : request.scopes) scopes.push_back('"' + std::string(word(scope)) + '"');
  Object json;
  json.bytes("share", request.share).bytes("link_proof", request.link_proof);
  return json.bytes("code_proof", request.code_proof).raw("scopes", list(scopes)).finish();
}

base::Result<OpenRequest> parse_open_request(std::string_view text) {
  auto json = Members::parse(text, kMaxRequest);
  OpenRequest request;
  request.share = json.id("share");
  request.link_proof = json.digest("link_proof");
  request.code_proof = json.digest("code_proof");
  for (const auto& scope : json.words("scopes", 2)) {
    json.require(scope == "view" || scope == "take", "member scopes: neither view nor take");
    request.scopes.push_back(scope == "view" ? Scope::View : Scope::Take);
  }
  json.require(request.scopes.size() == 1 ||
                   (request.scopes.size() == 2 && request.scopes[0] != request.scopes[1]),
               "member scopes: one or two, each once");
  json.nothing_else();
  return json.done(std::move(request));
}

std::string write_open_answer(const OpenAnswer& answer) {
  Object grants;
  if (answer.view_grant) grants.bytes("view", *answer.view_grant);
  if (answer.take_grant) grants.bytes("take", *answer.take_grant);
  Object json;
  json.bytes("ticket", answer.ticket).time("ticket_ends", answer.ticket_ends);
  json.flag("pending", answer.pending).number("arm", answer.arm).number("issue", answer.issue);
  return json.raw("grants", grants.finish()).finish();
}

base::Result<OpenAnswer> parse_open_answer(std::string_view text) {
  auto json = Members::parse(text, kMaxAnswer);
  OpenAnswer answer;
  answer.ticket = json.digest("ticket");
  answer.ticket_ends = json.time("ticket_ends");
  answer.pending = json.flag("pending");
  answer.arm = json.small("arm", 1);
  answer.issue = json.small("issue", 1);
  auto grants = json.object("grants");
  if (grants.has("view")) answer.view_grant = grants.bytes("view", kMaxGrant);
  if (grants.has("take")) answer.take_grant = grants.bytes("take", kMaxGrant);
  return json.done(std::move(answer));
}

std::string write_refusal(const Refusal& refusal) {
  Object json;
  if (refusal.tries_left) json.number("tries_left", *refusal.tries_left);
  if (refusal.state) json.text("state", word(*refusal.state));
  if (refusal.retry_after) json.time("retry_after", *refusal.retry_after);
  return json.finish();
}

base::Result<Refusal> parse_refusal(std::string_view text) {
  auto json = Members::parse(text, kMaxAnswer);
  Refusal refusal;
  if (json.has("tries_left")) refusal.tries_left = json.small("tries_left");
  if (json.has("state")) {
    refusal.state = parse_state(json.text("state"));
    json.require(refusal.state.has_value(), "member state: no state");
  }
  if (json.has("retry_after")) refusal.retry_after = json.time("retry_after");
  return json.done(refusal);
}

std::string write_renew_request(const Ticket& ticket) {
  Object json;
  return json.bytes("ticket", ticket).finish();
}

base::Result<Ticket> parse_renew_request(std::string_view text) {
  auto json = Members::parse(text, kMaxRequest);
  const auto ticket = json.digest("ticket");
  json.nothing_else();
  return json.done(ticket);
}

std::string write_renew_answer(const RenewAnswer& answer) {
  return write_ticket(answer.ticket, answer.ticket_ends);
}

base::Result<RenewAnswer> parse_renew_answer(std::string_view text) {
  auto json = Members::parse(text, kMaxAnswer);
  const RenewAnswer answer{json.digest("ticket"), json.time("ticket_ends")};
  return json.done(answer);
}

std::string write_receipt_request(const ReceiptRequest& request) {
  Object json;
  json.bytes("ticket", request.ticket).bytes("payload", base::as_bytes(request.payload));
  return json.bytes("mac", request.mac).finish();
}

base::Result<ReceiptRequest> parse_receipt_request(std::string_view text) {
  auto json = Members::parse(text, kMaxRequest);
  ReceiptRequest request;
  request.ticket = json.digest("ticket");
  request.payload = base::as_text(json.bytes("payload", kMaxReceiptPayload));
  request.mac = json.digest("mac");
  json.nothing_else();
  return json.done(std::move(request));
}

std::string write_receipt(const Receipt& receipt) {
  Object json;
  json.bytes("share", receipt.share).number("arm", receipt.arm).number("issue", receipt.issue);
  json.bytes("id", receipt.id).text("kind", receipt.kind);
  if (receipt.blob) json.bytes("blob", *receipt.blob).number("bytes", receipt.bytes);
  return json.time("at", receipt.at).finish();
}

base::Result<Receipt> parse_receipt(std::string_view text) {
  auto json = Members::parse(text, kMaxReceiptPayload);
  Receipt receipt;
  receipt.share = json.id("share");
  receipt.arm = json.small("arm", 1);
  receipt.issue = json.small("issue", 1);
  receipt.id = json.id("id");
  receipt.kind = json.text("kind");
  json.require(std::ranges::find(kReceiptKinds, receipt.kind) != std::end(kReceiptKinds),
               "an unknown kind of receipt");
  if (json.has("blob")) receipt.blob = json.id("blob");
  if (json.has("bytes")) receipt.bytes = json.number("bytes");
  receipt.at = json.time("at");
  return json.done(std::move(receipt));
}

base::Bytes receipt_message(std::string_view payload) {
  base::Bytes message = base::to_bytes(base::as_bytes("dcmcourier/1 receipt"));
  message.push_back(0);
  base::append(message, base::as_bytes(payload));
  return message;
}

}  // namespace share
