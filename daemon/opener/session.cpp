#include "opener/session.h"

#include <algorithm>

namespace opener {
namespace {

constexpr base::UnixSeconds kGrace = 3600;
constexpr int kPostAttempts = 4;
constexpr int kFetchAttempts = 10;  // in a row, without a byte of progress
constexpr base::Milliseconds kLongestPause = 30'000;

base::Fault not_genuine(const char* what) { return base::reject("opener.genuine", what); }
base::Fault unavailable(const std::string& what) { return base::reject("opener.state", what); }

base::Fault common_404() {
  return unavailable(
      "not found, or no longer available (an old link, a withdrawn share, or another portal)");
}

base::Milliseconds pause_after(int failures) {
  return std::min(kLongestPause, base::Milliseconds{1000} << std::min(failures - 1, 10));
}

bool may_come_right(long status) { return status == 429 || status >= 500; }

share::Digest digest_of(const base::SecretBytes& secret) {
  share::Digest digest{};
  std::ranges::copy(secret.view(), digest.begin());
  return digest;
}

std::uint8_t number(share::Mode mode) { return static_cast<std::uint8_t>(mode); }

}  // namespace

Session::Session(share::Link link, Transport transport, const base::Clock& clock, Wait wait)
    : link_(std::move(link)),
      transport_(std::move(transport)),
      clock_(clock),
      wait_(std::move(wait)),
      link_keys_(seal::link_keys(number(link_.mode), link_.id, link_.secret)) {}

std::string Session::ask_sender() const {
  if (cover_.sender.empty()) return "ask the sender";
  return "ask " + cover_.sender + (cover_.contact.empty() ? "" : " (" + cover_.contact + ")");
}

base::Fault Session::state_fault(share::State state) const {
  switch (state) {
    case share::State::Locked:
      return unavailable("locked after too many wrong codes; " + ask_sender());
    case share::State::Suspended:
      return unavailable("suspended by the sender; " + ask_sender());
    case share::State::Expired:
      return unavailable("expired; " + ask_sender());
    case share::State::Revoked:
      return unavailable("withdrawn by the sender; " + ask_sender());
    default:
      return common_404();
  }
}

// Repeats what the network broke or the portal could not do just now.
base::Result<Answer> Session::post(const std::string& path, const std::string& json) {
  for (int failures = 1;; ++failures) {
    auto answer = transport_.post(path, json);
    const bool again = answer.ok() ? answer.value().status >= 500
                                   : answer.fault().remedy == base::Remedy::RetryLater;
    if (!again || failures == kPostAttempts) return answer;
    wait_(pause_after(failures));
  }
}

base::Result<share::Cover> Session::hello() {
  share::HelloRequest request;
  request.share = link_.id;
  request.link_proof = digest_of(link_keys_.link_proof);
  request.repaired = link_.repaired;
  const auto answer = TRY(post("/api/1/hello", share::write_hello_request(request)));
  if (answer.status != 200) return refused(answer);
  const auto hello = TRY(share::parse_hello_answer(answer.body));
  arm_ = hello.arm;
  issue_ = hello.issue;
  const auto sealed_for = seal::cover_ad(number(link_.mode), link_.id, hello.arm);
  const auto cover = seal::open_bytes(link_keys_.cover_key, sealed_for, hello.cover);
  if (!cover.ok()) return not_genuine("the portal's cover is not the sender's");
  cover_ = TRY(share::parse_cover(base::as_text(cover.value())));
  if (hello.state != share::State::Ready) return state_fault(hello.state);
  return cover_;
}

base::Fault Session::refused(const Answer& answer) const {
  if (answer.status == 404) return common_404();
  const auto parsed = share::parse_refusal(answer.body);
  const auto refusal = parsed.ok() ? parsed.value() : share::Refusal{};
  if (answer.status == 403) {
    std::string what = "wrong code";
    if (refusal.tries_left) what += ", " + std::to_string(*refusal.tries_left) + " attempts left";
    return base::reject("opener.code", what + "; " + ask_sender());
  }
  if (answer.status == 409 && refusal.state) return state_fault(*refusal.state);
  if (answer.status == 429) {
    const auto seconds = refusal.retry_after.value_or(60);
    return base::retry_later(
        "opener.portal", "too many attempts: try again in " + std::to_string(seconds) + " seconds");
  }
  const auto what = "the portal answers " + std::to_string(answer.status);
  return may_come_right(answer.status) ? base::retry_later("opener.portal", what)
                                       : base::reject("opener.portal", what);
}

base::Result<share::OpenAnswer> Session::prove() {
  share::OpenRequest request;
  request.share = link_.id;
  request.link_proof = digest_of(link_keys_.link_proof);
  request.code_proof = digest_of(root_keys_.code_proof);
  request.scopes = {share::Scope::Take};
  const auto answer = TRY(post("/api/1/open", share::write_open_request(request)));
  if (answer.status != 200) return refused(answer);
  auto opened = TRY(share::parse_open_answer(answer.body));
  if (opened.pending)
    return unavailable("this share asks for a second code by message: open it in the browser");
  if (opened.arm < arm_ || opened.issue < issue_)
    return not_genuine("the portal serves an older issue than it did before");
  arm_ = opened.arm;
  issue_ = opened.issue;
  ticket_ = opened.ticket;
  return opened;
}

base::Result<share::Grant> Session::open(const std::string& normal_code) {
  const auto root = seal::root(number(link_.mode), link_.id, link_.secret, normal_code);
  root_keys_ = seal::root_keys(number(link_.mode), link_.id, root);
  const auto opened = TRY(prove());
  return open_grant(opened);
}

base::Result<share::Grant> Session::open_grant(const share::OpenAnswer& answer) {
  if (!answer.take_grant)
    return unavailable("this share can only be viewed: open it in the browser");
  const base::ByteView stored = *answer.take_grant;
  const std::size_t check_size = root_keys_.take_check.size();
  if (stored.size() < check_size ||
      !base::equal_in_constant_time(stored.first(check_size), root_keys_.take_check.view()))
    return not_genuine("the portal's grant is not for this link and code");
  const auto sealed_for =
      seal::grant_ad(number(link_.mode), link_.id, static_cast<std::uint8_t>(share::Scope::Take),
                     answer.arm, answer.issue);
  auto opened = seal::open_bytes(root_keys_.take_key, sealed_for, stored.subspan(check_size));
  if (!opened.ok()) return not_genuine("the portal's grant is not the sender's");
  const base::SecretBytes json(std::move(opened).value());
  auto grant = TRY(share::parse_grant(base::as_text(json.view())));
  if (grant.share != link_.id || grant.scope != share::Scope::Take || grant.arm != answer.arm ||
      grant.issue != answer.issue)
    return not_genuine("the grant belongs to another share, arm or issue");
  if (clock_.now() >= std::min(grant.not_after, grant.fresh_until) + kGrace)
    return unavailable("expired; " + ask_sender());
  return grant;
}

base::Status Session::fetch(const std::string& path, std::uint64_t offset, std::uint64_t end,
                            const Transport::Sink& sink) {
  for (int failures = 0; offset < end;) {
    const std::uint64_t before = offset;
    const auto counted = [&](base::ByteView bytes) -> base::Status {
      if (bytes.size() > end - offset) return not_genuine("the portal sends more than was sealed");
      TRY(sink(bytes));
      offset += bytes.size();
      return base::Done{};
    };
    const auto status = transport_.get(path, base::to_base64url(ticket_), offset, counted);
    if (offset == end) break;
    failures = offset > before ? 1 : failures + 1;
    if (!status.ok() && status.fault().remedy != base::Remedy::RetryLater) return status.fault();
    const bool fatal = status.ok() && status.value() != 401 && status.value() >= 400 &&
                       !may_come_right(status.value());
    if (fatal || failures >= kFetchAttempts)
      return status.ok() ? refused({status.value(), ""}) : status.fault();
    if (status.ok() && status.value() == 401)
      TRY(prove());
    else
      wait_(pause_after(failures));
  }
  return base::Done{};
}

void Session::send_receipt(const std::string& kind, const std::optional<share::Id>& blob,
                           std::uint64_t bytes) {
  share::Receipt receipt;
  receipt.share = link_.id;
  receipt.arm = arm_;
  receipt.issue = issue_;
  receipt.kind = kind;
  receipt.blob = blob;
  receipt.bytes = bytes;
  receipt.at = clock_.now();
  seal::random_bytes(receipt.id);
  share::ReceiptRequest request;
  request.ticket = ticket_;
  request.payload = share::write_receipt(receipt);
  request.mac =
      seal::hmac_sha256(root_keys_.receipt_key.view(), share::receipt_message(request.payload));
  // A receipt that is lost proves nothing; it is not worth a second attempt.
  (void)transport_.post("/api/1/receipts", share::write_receipt_request(request)).ok();
}

}  // namespace opener
