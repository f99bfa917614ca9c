// The JSON that daemon, portal and opener say to each other, and the index of a package: the first
// byte chooses the reader. What is read can be written, and what was written reads and writes the
// same.
#include "share/messages.h"

#include "fuzz.h"
#include "seal/primitives.h"
#include "share/index.h"

namespace {

std::string text_of(std::string text) { return text; }
std::string text_of(base::Result<std::string> text) {
  HOLDS(text.ok());
  return std::move(text).value();
}

template <typename Parse, typename Write>
void round_trip(std::string_view json, std::size_t limit, Parse parse, Write write) {
  const auto read = parse(json);
  if (!read.ok()) {
    HOLDS(read.fault().remedy == base::Remedy::Reject && read.fault().what.size() < 200);
    return;
  }
  HOLDS(json.size() <= limit);
  const auto written = text_of(write(read.value()));
  const auto again = parse(written);
  HOLDS(again.ok());
  HOLDS(text_of(write(again.value())) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace share;
  if (size == 0) return 0;
  const auto json = base::as_text({bytes + 1, size - 1});
  switch (bytes[0] % 16) {
    case 0:
      round_trip(json, kMaxCover, parse_cover, write_cover);
      break;
    case 1:
      round_trip(json, kMaxGrant, parse_grant, write_grant);
      break;
    case 2:
      round_trip(json, kMaxIndex, parse_index, write_index);
      break;
    case 3:
      round_trip(json, kMaxRequest, parse_hello_request, write_hello_request);
      break;
    case 4:
      round_trip(json, kMaxAnswer, parse_hello_answer, write_hello_answer);
      break;
    case 5:
      round_trip(json, kMaxRequest, parse_open_request, write_open_request);
      break;
    case 6:
      round_trip(json, kMaxAnswer, parse_open_answer, write_open_answer);
      break;
    case 7:
      round_trip(json, kMaxAnswer, parse_refusal, write_refusal);
      break;
    case 8:
      round_trip(json, kMaxRequest, parse_renew_request, write_renew_request);
      break;
    case 9:
      round_trip(json, kMaxAnswer, parse_renew_answer, write_renew_answer);
      break;
    case 10:
      round_trip(json, kMaxRequest, parse_receipt_request, write_receipt_request);
      break;
    case 11:
      round_trip(json, kMaxReceiptPayload, parse_receipt, write_receipt);
      break;
    case 12:
      round_trip(json, kMaxCommand, parse_record, write_record);
      break;
    case 13:
      round_trip(json, kMaxReply, parse_record_answer, write_record_answer);
      break;
    case 14:
      round_trip(json, kMaxReply, parse_events, write_events);
      break;
    case 15:
      round_trip(json, kMaxCommand, parse_finish, write_finish);
      round_trip(json, kMaxReply, parse_time, write_time);
  }
  return 0;
}
