#include "service/figures.h"

#include "service/answers.h"
#include "service/callers.h"
#include "service/outbox.h"
#include "share/messages.h"
#include "spool/scan.h"

namespace service {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string number(std::uint64_t n) { return std::to_string(n); }
const char* flag(bool on) { return on ? "true" : "false"; }

void add_state(House& house, Rows& rows) {
  const auto& hints = house.hints;
  rows.push_back({"settings", house.settings.revision});
  rows.push_back({"now", std::to_string(house.now())});
  for (const char* role : {"receive", "work", "verify", "send"})
    rows.push_back({std::string("role ") + role, flag(house.has(role))});
  rows.push_back({"purging suspended", flag(hints.purging_suspended)});
  rows.push_back({"outbox full", flag(hints.outbox_full)});
  rows.push_back({"deidentify key", flag(house.domain_key.size() != 0)});
}

void add_room(const Room& room, Rows& rows) {
  rows.push_back({"disk available", number(room.available)});
  rows.push_back({"disk total", number(room.total)});
  rows.push_back({"low water", number(room.low_water)});
  rows.push_back({"outbox used", number(room.outbox_used)});
  rows.push_back({"outbox limit", number(room.outbox_limit)});
  rows.push_back({"spool used", number(room.spool_used)});
}

base::Status add_queue(House& house, Rows& rows) {
  std::int64_t unexamined_since = 0;
  for (const auto& count : TRY(house.ledger->counts()))
    if (count.stage == "instance" && count.state == "received") unexamined_since = count.oldest;
  rows.push_back({"unexamined since", std::to_string(unexamined_since)});
  rows.push_back({"held", number(TRY(house.ledger->held()).size())});
  std::int64_t revoking_since = 0;
  for (const auto& share : TRY(house.ledger->shares_in({"revoking"})))
    if (revoking_since == 0) revoking_since = share.made_at;
  rows.push_back({"revoking since", std::to_string(revoking_since)});
  return base::Done{};
}

}  // namespace

base::Result<Room> measure_room(House& house) {
  const auto& storage = house.settings.storage;
  const auto space = TRY(spool::space(house.outbox.get()));
  Room room;
  room.available = space.available;
  room.total = space.total;
  room.low_water = spool::low_water(space, storage.low_water_bytes, storage.low_water_part);
  room.outbox_used = TRY(outbox_size(house));
  room.outbox_limit =
      static_cast<std::uint64_t>(static_cast<double>(space.total) * storage.outbox_part);
  room.spool_used = static_cast<std::uint64_t>(TRY(house.ledger->spooled_bytes()));
  return room;
}

base::Result<control::Reply> show_figures(House& house, const Arguments&) {
  control::Reply reply;
  reply.columns = {"name", "value"};
  add_state(house, reply.rows);
  add_room(TRY(measure_room(house)), reply.rows);
  TRY(add_queue(house, reply.rows));
  reply.rows.push_back(
      {"spool key made", std::to_string(TRY(house.ledger->keys().newest_spool_key()))});
  for (const auto& [caller, at] : TRY(callers_last_seen(house)))
    reply.rows.push_back({"caller " + caller, std::to_string(at)});
  return reply;
}

// The three checks below ask a send child, which may take its time; nobody else waits for it.
namespace {

void ask_child(House& house, Errands& errands, jobs::SendJob job, const ReplyTo& reply_to,
               const std::function<void(control::Reply&, const jobs::SendReply&)>& add) {
  if (!house.has("send")) return reply_to(refused(kUnavailable, "send is not connected"));
  errands.ask(std::move(job), [reply_to, add](const jobs::SendReply& sent) {
    control::Reply reply{0, "", {"name", "value"}, {{"done", flag(sent.done)}}};
    reply.rows.push_back({"answer", sent.text});
    if (sent.done) add(reply, sent);
    reply_to(reply);
  });
}

}  // namespace

void check_portal(House& house, Errands& errands, const ReplyTo& reply_to) {
  ask_child(house, errands, jobs::PortalJob{"GET", "/d/1/time", ""}, reply_to,
            [&house](control::Reply& reply, const jobs::SendReply& sent) {
              const auto time = share::parse_time(sent.body);
              if (!time.ok()) return;
              reply.rows.push_back({"ahead", std::to_string(time.value() - house.now())});
              const bool jumped = sent.body.find("\"jumped\":true") != std::string::npos;
              reply.rows.push_back({"jumped", flag(jumped)});
            });
}

void check_public_side(House& house, Errands& errands, const ReplyTo& reply_to) {
  ask_child(house, errands, jobs::PublicCheckJob{}, reply_to,
            [](control::Reply& reply, const jobs::SendReply& sent) {
              reply.rows.push_back({"certificate", sent.body});
            });
}

void check_mail_server(House& house, Errands& errands, const ReplyTo& reply_to) {
  ask_child(house, errands, jobs::MailCheckJob{}, reply_to,
            [](control::Reply&, const jobs::SendReply&) {});
}

}  // namespace service
