#include "jobs/client.h"

#include <unistd.h>

#include <csignal>

#include "jobs/json.h"

namespace jobs {

base::Result<Client> Client::connect(const std::string& socket_path, InHand in_hand) {
  return Client(TRY(connect_seqpacket(socket_path)), in_hand);
}

base::Result<Packet> Client::next() {
  auto packet = TRY(receive_packet(socket_.get()));
  if (!packet) return base::retry_later("jobs.client", "dispatch closed the connection");
  return std::move(*packet);
}

base::Result<Packet> Client::first() {
  auto packet = next();
  if (!packet.ok()) return packet;
  alarm(in_hand_.seconds);
  // A mail that the server has taken must not be forgotten because we are told to end.
  if (in_hand_.to_its_end)
    for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, SIG_IGN);
  return packet;
}

base::Result<WorkJob> Client::take_work() { return parse_work_job(TRY(first())); }
base::Result<VerifyJob> Client::take_verify() { return parse_verify_job(TRY(first())); }
base::Result<SendJob> Client::take_send() { return parse_send_job(TRY(first())); }

base::Result<std::vector<SealedInstance>> Client::fetch(std::uint32_t from, std::uint32_t count) {
  TRY(send_packet(socket_.get(), write(Fetch{from, count})));
  return parse_instances(TRY(next()));
}

base::Status Client::progress(std::uint64_t done, std::uint64_t of) {
  return send_packet(socket_.get(), write(Progress{done, of}));
}

base::Status Client::answer(const ExamineReply& reply) {
  return send_packet(socket_.get(), write(reply));
}
base::Status Client::answer(const DigestReply& reply) {
  return send_packet(socket_.get(), write(reply));
}
base::Status Client::answer(const PrepareReply& reply) {
  return send_packet(socket_.get(), write(reply));
}
base::Status Client::answer(const VerifyReply& reply) {
  return send_packet(socket_.get(), write(reply));
}
base::Status Client::answer(const SendReply& reply) {
  return send_packet(socket_.get(), write(reply));
}

}  // namespace jobs
