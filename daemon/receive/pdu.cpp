#include "receive/pdu.h"

#include <algorithm>
#include <bitset>

#include "dicom/uids.h"

namespace receive {
namespace {

constexpr std::uint8_t kApplicationContextItem = 0x10;
constexpr std::uint8_t kProposedContextItem = 0x20;
constexpr std::uint8_t kAnsweredContextItem = 0x21;
constexpr std::uint8_t kAbstractSyntaxItem = 0x30;
constexpr std::uint8_t kTransferSyntaxItem = 0x40;
constexpr std::uint8_t kUserInformationItem = 0x50;
constexpr std::uint8_t kMaximumLengthItem = 0x51;
constexpr std::uint8_t kImplementationClassItem = 0x52;
constexpr std::uint8_t kImplementationVersionItem = 0x55;
constexpr std::size_t kFixedPart = 68;  // version, reserved, two AE titles, reserved
constexpr std::size_t kMaxContexts = 128;

base::Fault malformed(const char* what) { return base::reject("receive.associate", what); }

std::uint16_t read_u16(base::ByteView two) {
  return static_cast<std::uint16_t>(two[0] << 8 | two[1]);
}

void append_u16(base::Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

struct ItemView {
  std::uint8_t type = 0;
  base::ByteView body;
};

base::Result<ItemView> take_item(base::ByteView& rest) {
  if (rest.size() < 4) return malformed("an item ends within its header");
  const std::size_t length = read_u16(rest.subspan(2));
  if (length > rest.size() - 4) return malformed("an item is longer than what holds it");
  const ItemView item{rest[0], rest.subspan(4, length)};
  rest = rest.subspan(4 + length);
  return item;
}

// UIDs arrive padded by NUL or spaces from some devices.
std::string text_of(base::ByteView bytes) {
  std::string_view text = base::as_text(bytes);
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text);
}

std::string ae_title_of(base::ByteView sixteen) {
  const std::string text = text_of(sixteen);
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : text.substr(begin);
}

base::Result<ProposedContext> parse_context(base::ByteView body) {
  if (body.size() < 4) return malformed("a presentation context without content");
  ProposedContext context;
  context.id = body[0];
  if (context.id % 2 == 0) return malformed("an even presentation context id");
  base::ByteView rest = body.subspan(4);
  while (!rest.empty()) {
    const ItemView item = TRY(take_item(rest));
    if (item.type == kAbstractSyntaxItem) {
      if (!context.abstract_syntax.empty()) return malformed("two abstract syntaxes");
      context.abstract_syntax = text_of(item.body);
    } else if (item.type == kTransferSyntaxItem) {
      context.transfer_syntaxes.push_back(text_of(item.body));
    }
  }
  return context;
}

base::Status parse_user_information(base::ByteView rest, AssociateRequest& request) {
  while (!rest.empty()) {
    const ItemView item = TRY(take_item(rest));
    if (item.type != kMaximumLengthItem) continue;
    if (item.body.size() != 4) return malformed("a maximum length that is not four bytes");
    request.max_pdu_length = base::read_u32_be(item.body);
  }
  return base::Done{};
}

base::Status parse_item(const ItemView& item, AssociateRequest& request,
                        std::bitset<256>& seen_ids) {
  switch (item.type) {
    case kApplicationContextItem:
      request.application_context = text_of(item.body);
      return base::Done{};
    case kProposedContextItem: {
      ProposedContext context = TRY(parse_context(item.body));
      if (seen_ids[context.id]) return malformed("a presentation context id twice");
      seen_ids.set(context.id);
      request.contexts.push_back(std::move(context));
      return base::Done{};
    }
    case kUserInformationItem:
      return parse_user_information(item.body, request);
    default:
      return base::Done{};  // later editions' items are passed over (PS3.8 section 9.3.1)
  }
}

void append_item(base::Bytes& to, std::uint8_t type, base::ByteView body) {
  to.push_back(type);
  to.push_back(0);
  append_u16(to, body.size());
  base::append(to, body);
}

base::Bytes pdu(PDUType type, base::ByteView body) {
  base::Bytes bytes{static_cast<std::uint8_t>(type), 0};
  base::append_u32_be(bytes, static_cast<std::uint32_t>(body.size()));
  base::append(bytes, body);
  return bytes;
}

base::Bytes user_information() {
  base::Bytes maximum, body;
  base::append_u32_be(maximum, kMaxPDULength);
  append_item(body, kMaximumLengthItem, maximum);
  append_item(body, kImplementationClassItem, base::as_bytes(dicom::kImplementationClassUID));
  append_item(body, kImplementationVersionItem, base::as_bytes(dicom::kImplementationVersionName));
  return body;
}

// A rejected context carries a transfer syntax that is not significant (PS3.8 section 9.3.3.2).
base::Bytes answered_context(const AnsweredContext& context) {
  base::Bytes body{context.id, 0, static_cast<std::uint8_t>(context.result), 0};
  append_item(body, kTransferSyntaxItem, base::as_bytes(context.transfer_syntax));
  return body;
}

}  // namespace

PDUHeader parse_pdu_header(base::ByteView six) {
  return {six[0], base::read_u32_be(six.subspan(2))};
}

base::Result<AssociateRequest> parse_associate_request(base::ByteView body) {
  if (body.size() < kFixedPart) return malformed("shorter than its fixed part");
  AssociateRequest request;
  request.protocol_version = read_u16(body);
  request.raw_titles = std::string(base::as_text(body.subspan(4, 32)));
  request.called_ae_title = ae_title_of(body.subspan(4, 16));
  request.calling_ae_title = ae_title_of(body.subspan(20, 16));
  std::bitset<256> seen_ids;
  base::ByteView rest = body.subspan(kFixedPart);
  while (!rest.empty()) {
    const ItemView item = TRY(take_item(rest));
    TRY(parse_item(item, request, seen_ids));
    if (request.contexts.size() > kMaxContexts) return malformed("more than 128 contexts");
  }
  return request;
}

base::Bytes write_associate_accept(const AssociateRequest& request,
                                   const std::vector<AnsweredContext>& contexts) {
  base::Bytes body{0, 1, 0, 0};
  base::append(body, base::as_bytes(request.raw_titles));
  body.resize(kFixedPart);
  append_item(body, kApplicationContextItem, base::as_bytes(request.application_context));
  for (const AnsweredContext& context : contexts)
    append_item(body, kAnsweredContextItem, answered_context(context));
  append_item(body, kUserInformationItem, user_information());
  return pdu(PDUType::AssociateAC, body);
}

base::Bytes write_associate_reject(const Rejection& rejection) {
  return pdu(PDUType::AssociateRJ,
             base::Bytes{0, rejection.result, rejection.source, rejection.reason});
}

const char* to_string(const Rejection& rejection) {
  if (rejection == kApplicationContextNotSupported) return "application-context-not-supported";
  if (rejection == kCallingAETitleNotRecognized) return "calling-AE-title-not-recognized";
  if (rejection == kCalledAETitleNotRecognized) return "called-AE-title-not-recognized";
  if (rejection == kProtocolVersionNotSupported) return "protocol-version-not-supported";
  if (rejection == kTemporaryCongestion) return "temporary-congestion";
  if (rejection == kLocalLimitExceeded) return "local-limit-exceeded";
  return "no-reason-given";
}

base::Bytes write_abort(AbortReason reason) {
  return pdu(PDUType::Abort, base::Bytes{0, 0, 2, static_cast<std::uint8_t>(reason)});
}

base::Bytes write_release_response() { return pdu(PDUType::ReleaseRP, base::Bytes(4)); }

base::Result<PDV> take_pdv(base::ByteView& rest) {
  if (rest.size() < 6) return base::reject("receive.pdv", "a PDV ends within its header");
  const std::uint32_t length = base::read_u32_be(rest);
  if (length < 2 || length > rest.size() - 4)
    return base::reject("receive.pdv", "the length of a PDV does not fit its PDU");
  const std::uint8_t control = rest[5];
  const PDV pdv{rest[4], (control & 1) != 0, (control & 2) != 0, rest.subspan(6, length - 2)};
  rest = rest.subspan(4 + length);
  return pdv;
}

base::Bytes write_command(std::uint8_t context, base::ByteView command,
                          std::uint32_t max_pdu_length) {
  constexpr std::size_t kPDVHeader = 6, kLeastPiece = 64;
  const std::size_t limit = max_pdu_length == 0 ? kMaxPDULength : max_pdu_length;
  const std::size_t piece_limit = std::max(limit, kLeastPiece + kPDVHeader) - kPDVHeader;
  base::Bytes bytes;
  do {
    const base::ByteView piece = command.first(std::min(command.size(), piece_limit));
    command = command.subspan(piece.size());
    base::Bytes body;
    base::append_u32_be(body, static_cast<std::uint32_t>(piece.size() + 2));
    body.push_back(context);
    body.push_back(command.empty() ? 3 : 1);
    base::append(body, piece);
    base::append(bytes, pdu(PDUType::Data, body));
  } while (!command.empty());
  return bytes;
}

}  // namespace receive
