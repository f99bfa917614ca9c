// The recipient's messages (docs/share.md section 8). A parser refuses what is missing, repeated,
// of another type, too large or not UTF-8; in a request also what it does not know.
#pragma once

#include "share/grant.h"
#include "share/limits.h"
#include "share/record.h"

namespace share {

using Ticket = Digest;  // 32 random bytes; the portal stores h() of it

// POST /api/1/hello
struct HelloRequest {
  Id share{};
  Digest link_proof{};
  bool repaired = false;
};
std::string write_hello_request(const HelloRequest& request);
base::Result<HelloRequest> parse_hello_request(std::string_view json);

struct HelloAnswer {
  State state = State::Ready;  // ready, locked, suspended, expired, revoked
  std::uint32_t arm = 1;
  std::uint32_t issue = 1;
  base::Bytes cover;  // sealed
  bool otp = false;
  bool step_up = false;
  std::optional<std::uint32_t> tries_left;  // when kTriesLeftTold or fewer
  base::UnixSeconds now = 0;
};
std::string write_hello_answer(const HelloAnswer& answer);
base::Result<HelloAnswer> parse_hello_answer(std::string_view json);

// POST /api/1/open
struct OpenRequest {
  Id share{};
  Digest link_proof{};
  Digest code_proof{};
  std::vector<Scope> scopes;  // one or two, each once
};
std::string write_open_request(const OpenRequest& request);
base::Result<OpenRequest> parse_open_request(std::string_view json);

struct OpenAnswer {
  Ticket ticket{};
  base::UnixSeconds ticket_ends = 0;
  bool pending = false;  // otp wanted first: no grants yet
  std::uint32_t arm = 1;
  std::uint32_t issue = 1;
  std::optional<base::Bytes> view_grant, take_grant;  // check || sealed
};
std::string write_open_answer(const OpenAnswer& answer);
base::Result<OpenAnswer> parse_open_answer(std::string_view json);

// The body of a refusal: 403 {tries_left}, 409 {state}, 429 {retry_after}.
struct Refusal {
  std::optional<std::uint32_t> tries_left;
  std::optional<State> state;
  std::optional<std::int64_t> retry_after;  // seconds
};
std::string write_refusal(const Refusal& refusal);
base::Result<Refusal> parse_refusal(std::string_view json);

// POST /api/1/renew
std::string write_renew_request(const Ticket& ticket);
base::Result<Ticket> parse_renew_request(std::string_view json);
struct RenewAnswer {
  Ticket ticket{};
  base::UnixSeconds ticket_ends = 0;
};
std::string write_renew_answer(const RenewAnswer& answer);
base::Result<RenewAnswer> parse_renew_answer(std::string_view json);

// POST /api/1/receipts. `payload` is the exact bytes that the MAC covers; dispatch parses it only
// after verifying.
struct ReceiptRequest {
  Ticket ticket{};
  std::string payload;
  Digest mac{};
};
std::string write_receipt_request(const ReceiptRequest& request);
base::Result<ReceiptRequest> parse_receipt_request(std::string_view json);

struct Receipt {
  Id share{};
  std::uint32_t arm = 1;
  std::uint32_t issue = 1;
  Id id{};                  // random, so that a repeat is known
  std::string kind;         // opened, viewed, part, complete
  std::optional<Id> blob;   // part, complete
  std::uint64_t bytes = 0;  // of content, verified
  base::UnixSeconds at = 0;
};
std::string write_receipt(const Receipt& receipt);
base::Result<Receipt> parse_receipt(std::string_view json);
// What the MAC covers: L("receipt") || payload.
base::Bytes receipt_message(std::string_view payload);

}  // namespace share
