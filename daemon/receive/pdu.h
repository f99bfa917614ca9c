// The PDUs of the DICOM Upper Layer (PS3.8 section 9.3), as bytes. Pure: hostile bytes in, values
// or a Fault out; never a read past the end, never memory beyond what arrived.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace receive {

inline constexpr std::uint32_t kMaxPDULength = 131072;        // that we receive in P-DATA-TF
inline constexpr std::uint32_t kMaxAssociateLength = 131072;  // of an A-ASSOCIATE-RQ
inline constexpr std::size_t kPDUHeaderSize = 6;

enum class PDUType : std::uint8_t {
  AssociateRQ = 0x01,
  AssociateAC = 0x02,
  AssociateRJ = 0x03,
  Data = 0x04,
  ReleaseRQ = 0x05,
  ReleaseRP = 0x06,
  Abort = 0x07,
};
struct PDUHeader {
  std::uint8_t type = 0;
  std::uint32_t length = 0;
};
PDUHeader parse_pdu_header(base::ByteView six);

struct ProposedContext {
  std::uint8_t id = 0;
  std::string abstract_syntax;
  std::vector<std::string> transfer_syntaxes;  // in the order proposed
};
struct AssociateRequest {
  std::uint16_t protocol_version = 0;
  std::string called_ae_title, calling_ae_title;  // spaces around them taken off
  std::string raw_titles;                         // the 32 bytes that the answer repeats
  std::string application_context;
  std::vector<ProposedContext> contexts;
  std::uint32_t max_pdu_length = 0;  // that the requestor receives; 0: no limit
};
// `body` is what follows the PDU header. Reject: a length that does not fit, an item out of place,
// an even or repeated presentation context id, more than 128 contexts.
base::Result<AssociateRequest> parse_associate_request(base::ByteView body);

// Result/Reason of a presentation context (PS3.8 table 9-18).
enum class ContextResult : std::uint8_t {
  Acceptance = 0,
  AbstractSyntaxNotSupported = 3,
  TransferSyntaxesNotSupported = 4,
};
struct AnsweredContext {
  std::uint8_t id = 0;
  ContextResult result = ContextResult::Acceptance;
  std::string transfer_syntax;
};
base::Bytes write_associate_accept(const AssociateRequest& request,
                                   const std::vector<AnsweredContext>& contexts);

// Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 table 9-21), the ones used here.
struct Rejection {
  std::uint8_t result = 1, source = 1, reason = 1;
  friend bool operator==(const Rejection&, const Rejection&) = default;
};
inline constexpr Rejection kApplicationContextNotSupported{1, 1, 2};
inline constexpr Rejection kCallingAETitleNotRecognized{1, 1, 3};
inline constexpr Rejection kCalledAETitleNotRecognized{1, 1, 7};
inline constexpr Rejection kNoReasonGiven{1, 2, 1};
inline constexpr Rejection kProtocolVersionNotSupported{1, 2, 2};
inline constexpr Rejection kTemporaryCongestion{2, 3, 1};
inline constexpr Rejection kLocalLimitExceeded{2, 3, 2};
base::Bytes write_associate_reject(const Rejection& rejection);
const char* to_string(const Rejection& rejection);

// Reasons of an A-ABORT by the service provider (PS3.8 table 9-26).
enum class AbortReason : std::uint8_t {
  NotSpecified = 0,
  UnrecognizedPDU = 1,
  UnexpectedPDU = 2,
  UnexpectedPDUParameter = 5,
  InvalidPDUParameterValue = 6,
};
base::Bytes write_abort(AbortReason reason);
base::Bytes write_release_response();

// One presentation data value (PS3.8 section 9.3.5.1); `fragment` points into the PDU.
struct PDV {
  std::uint8_t context = 0;
  bool command = false, last = false;
  base::ByteView fragment;
};
// Takes the first PDV off `rest`, the remaining body of a P-DATA-TF.
base::Result<PDV> take_pdv(base::ByteView& rest);

// A command set as P-DATA-TF PDUs that fit the requestor's limit, all in one piece for one write.
base::Bytes write_command(std::uint8_t context, base::ByteView command,
                          std::uint32_t max_pdu_length);

}  // namespace receive
