// The bytes of the upper layer and of DIMSE, each reader by itself: the first byte chooses.
#include "fuzz.h"
#include "receive/command.h"
#include "receive/negotiate.h"

namespace {

using namespace receive;

void check_accept(const AssociateRequest& request, const Accepted& accepted) {
  HOLDS(accepted.answers.size() == request.contexts.size());
  for (std::size_t i = 0; i < accepted.answers.size(); ++i) {
    const auto& answer = accepted.answers[i];
    const auto& offered = request.contexts[i].transfer_syntaxes;
    HOLDS(answer.id == request.contexts[i].id);
    HOLDS(accepted.contexts.contains(answer.id) == (answer.result == ContextResult::Acceptance));
    if (answer.result == ContextResult::Acceptance)
      HOLDS(std::count(offered.begin(), offered.end(), answer.transfer_syntax) > 0);
  }
  const auto bytes = write_associate_accept(request, accepted.answers);
  const auto header = parse_pdu_header(bytes);
  HOLDS(header.type == 2 && header.length == bytes.size() - kPDUHeaderSize);
  // An A-ASSOCIATE-AC has the form of a request but for its type and the items of its contexts.
  const auto back = parse_associate_request(base::ByteView(bytes).subspan(kPDUHeaderSize));
  HOLDS(back.ok() && back.value().raw_titles == request.raw_titles);
  HOLDS(back.value().max_pdu_length == kMaxPDULength);
}

void associate(base::ByteView body) {
  const auto request = parse_associate_request(body);
  if (!request.ok()) return;
  HOLDS(request.value().contexts.size() <= 128 && request.value().raw_titles.size() == 32);
  for (const auto& context : request.value().contexts) HOLDS(context.id % 2 == 1);
  const Policy open{{"*"}, {{"*", {}}}},
      closed{{"COURIER"}, {{"CT1", parse_network("10.0.0.0/8")}}};
  const receive::Peer peer{*parse_address("10.1.2.3")};
  for (const auto& policy : {open, closed}) {
    const auto answer = negotiate(request.value(), policy, peer);
    if (const auto* accepted = std::get_if<Accepted>(&answer))
      check_accept(request.value(), *accepted);
  }
}

void data(base::ByteView body) {
  std::size_t taken = 0;
  base::ByteView rest = body;
  while (!rest.empty()) {
    const auto pdv = take_pdv(rest);
    if (!pdv.ok()) return;
    taken += 6 + pdv.value().fragment.size();
    HOLDS(taken + rest.size() == body.size());
  }
}

// The response says what the request was, and comes back whole from PDUs of any size.
void check_response(const Command& request, std::uint32_t max_pdu_length) {
  const auto response = write_response(request, DIMSEStatus::Success);
  HOLDS(response.size() <= kMaxCommandSet);
  auto bytes = write_command(5, response, max_pdu_length);
  base::Bytes joined;
  bool last = false;
  for (base::ByteView rest = bytes; !rest.empty();) {
    HOLDS(!last);
    const auto header = parse_pdu_header(rest);
    HOLDS(max_pdu_length == 0 || header.length <= std::max(max_pdu_length, 70u));
    auto body = rest.subspan(kPDUHeaderSize, header.length);
    rest = rest.subspan(kPDUHeaderSize + header.length);
    const auto pdv = take_pdv(body);
    HOLDS(pdv.ok() && body.empty() && pdv.value().command && pdv.value().context == 5);
    base::append(joined, pdv.value().fragment);
    last = pdv.value().last;
  }
  HOLDS(last && joined == response);
  const auto read = parse_command(response);
  HOLDS(read.ok() && read.value().is_response() && !read.value().has_data_set);
  HOLDS(read.value().field == (request.field | 0x8000));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto what = input.byte() % 3;
  if (what == 0) associate(input.rest());
  if (what == 1) data(input.rest());
  if (what == 2) {
    const std::uint32_t max_pdu_length = input.number();
    const auto command = parse_command(input.rest());
    if (command.ok()) check_response(command.value(), max_pdu_length);
  }
  return 0;
}
