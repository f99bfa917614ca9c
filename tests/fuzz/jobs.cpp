// Packets between dispatch and its children: the first byte chooses the reader, the second how many
// descriptors and keys came with the text. What a hijacked child may say is read or refused, and
// what is read is written the same.
#include <fcntl.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "jobs/json.h"
#include "jobs/receive.h"

namespace {

using namespace jobs;

Packet packet_of(std::string_view text, std::size_t count) {
  Packet packet;
  packet.text = std::string(text);
  for (std::size_t i = 0; i < count; ++i) {
    packet.descriptors.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    packet.secrets.emplace_back(base::Bytes(32, static_cast<std::uint8_t>(i)));
  }
  return packet;
}

void from_child(std::string_view text) {
  const auto said = parse_from_child(packet_of(text, 0));
  if (!said.ok()) return;
  const auto again_of = [](const auto& one) { return write(one).text; };
  const auto written = std::visit(again_of, said.value());
  const auto again = parse_from_child(packet_of(written, 0));
  HOLDS(again.ok() && again.value().index() == said.value().index());
  HOLDS(std::visit(again_of, again.value()) == written);
}

base::Result<WorkJob> work_job(Packet packet) { return parse_work_job(std::move(packet)); }
Packet packed(WorkJob job) {
  return std::visit([](auto& one) { return write(std::move(one)); }, job);
}
Packet packed(VerifyJob job) { return write(std::move(job)); }
Packet packed(SendJob job) { return write(std::move(job)); }
Packet packed(std::vector<SealedInstance> instances) {
  return write_instances(std::move(instances));
}

template <typename Parse>
void job(std::string_view text, std::size_t count, Parse parse) {
  auto read = parse(packet_of(text, count));
  if (!read.ok()) return;
  auto packet = packed(std::move(read).value());
  const auto written = packet.text;
  HOLDS(packet.descriptors.size() <= count && packet.secrets.size() <= count);
  auto again = parse(std::move(packet));
  HOLDS(again.ok() && packed(std::move(again).value()).text == written);
}

// The words of a mail server or a portal, whatever they are, reach dispatch.
void reply(fuzz::Input& input) {
  SendReply said{.done = input.byte() % 2 == 0,
                 .remedy = base::Remedy::Reject,
                 .status = input.word(),
                 .text = {},
                 .body = {}};
  said.text = input.text('\0');
  said.body = base::as_text(input.rest());
  const auto heard = parse_from_child(write(said));
  HOLDS(heard.ok());
  const auto& told = std::get<SendReply>(heard.value());
  HOLDS(told.done == said.done && told.status == said.status && told.text.size() <= 500);
}

// A packet as it lies on the wire.
void wire(base::ByteView bytes) {
  int pair[2];
  HOLDS(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
  const disk::Descriptor a(pair[0]), b(pair[1]), c(-1);
  if (bytes.empty() || send(a.get(), bytes.data(), bytes.size(), 0) < 0) return;
  const auto packet = receive_packet(b.get());
  if (!packet.ok() || !packet.value()) return;
  HOLDS(packet.value()->secrets.size() <= kMaxSecrets && packet.value()->descriptors.empty());
  HOLDS(send_packet(a.get(), *packet.value()).ok());
  const auto again = receive_packet(b.get());
  HOLDS(again.ok() && again.value() && again.value()->text == packet.value()->text);
}

void report(std::string_view text) {
  const auto read = parse_report(packet_of(text, 0));
  if (!read.ok()) return;
  for (const auto& one : read.value().open) HOLDS(one.id.size() == 32 && base::from_hex(one.id));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto what = input.byte() % 8;
  if (what == 6) return reply(input), 0;
  const std::size_t count = input.byte() % 5u;
  const auto rest = input.rest();
  const auto text = base::as_text(rest);
  if (what == 0) from_child(text);
  if (what == 1) job(text, count, work_job);
  if (what == 2) job(text, count, parse_verify_job);
  if (what == 3) job(text, count, parse_send_job);
  if (what == 4) job(text, count, parse_instances);
  if (what == 5) wire(rest);
  if (what == 7) report(text);
  return 0;
}
