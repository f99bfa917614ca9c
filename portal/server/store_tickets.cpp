// The store's part about recipients: attempts, tickets, receipts, and what was served.
#include "base/bytes.h"
#include "portal/store.h"
#include "portal/store_row.h"

namespace portal {
namespace {

StoredEvent event_of(const ShareRow& row, const char* kind, const Visitor& visitor,
                     base::UnixSeconds now) {
  StoredEvent event;
  event.kind = kind;
  event.at = now;
  event.share = row.id;
  event.arm = row.record.arm;
  event.issue = row.record.issue;
  event.visitor = visitor;
  return event;
}

}  // namespace

// The purge comes every few seconds; a request must not profit from the time between.
base::Status Store::expire_if_over(ShareRow& row, base::UnixSeconds now) {
  if (row.record.not_after > now) return base::Done{};
  const auto next = step(row.state, Act::TimeOver);
  if (!next) return base::Done{};
  const auto steps = [&]() -> base::Status {
    TRY(take_step(row.id, *next, now));
    return add_event(event_of(row, "expired", {}, now));
  };
  TRY(database_.transaction(steps));
  row.state = next->to;
  return base::Done{};
}

// One transaction of its own, committed before the code is looked at: however many come at once, no
// more than tries_max are ever compared.
base::Result<bool> Store::count_attempt(const Id& id) {
  std::int64_t counted = 0;
  const auto steps = [&]() -> base::Status {
    TRY(database_
            .prepare("UPDATE shares SET tries=tries+1 WHERE id=? AND state='ready' "
                     "AND tries<tries_max")
            .bind(id)
            .run());
    counted = database_.changes();
    return base::Done{};
  };
  TRY(database_.transaction(steps));
  return counted == 1;
}

base::Result<OpenOutcome> Store::attempt(const Id& id, const Digest& code_proof_sha256,
                                         const NewTicket& ticket, const Visitor& visitor,
                                         base::UnixSeconds now) {
  OpenOutcome outcome;
  const bool counted = TRY(count_attempt(id));
  const auto row = TRY(share(id));
  outcome.state = row ? row->state : State::Absent;
  if (!counted || !row) return outcome;
  const bool right = base::equal_in_constant_time(row->record.code_proof_sha256, code_proof_sha256);
  if (right) {
    TRY(right_code(*row, event_of(*row, "opened", visitor, now), ticket));
    outcome.result = OpenResult::Opened;
    return outcome;
  }
  TRY(wrong_code(*row, event_of(*row, "wrong_code", visitor, now), now));
  outcome.result = OpenResult::WrongCode;
  outcome.tries_left = row->record.tries_max - std::min(row->tries, row->record.tries_max);
  return outcome;
}

base::Status Store::wrong_code(const ShareRow& row, const StoredEvent& event,
                               base::UnixSeconds now) {
  return database_.transaction([&]() -> base::Status {
    StoredEvent wrong = event;
    wrong.count = row.tries;
    TRY(add_event(wrong));
    if (row.tries < row.record.tries_max) return base::Done{};
    const auto next = step(row.state, Act::TriesUsedUp);
    if (!next) return base::Done{};
    TRY(take_step(row.id, *next, now));
    StoredEvent locked = event;
    locked.kind = "locked";
    return add_event(locked);
  });
}

base::Status Store::right_code(const ShareRow& row, const StoredEvent& event,
                               const NewTicket& ticket) {
  return database_.transaction([&]() -> base::Status {
    TRY(database_.prepare("UPDATE shares SET tries=tries-1 WHERE id=? AND tries>0")
            .bind(row.id)
            .run());
    TRY(database_.prepare("INSERT INTO sessions(share,arm,view,take,opened) VALUES(?,?,?,?,?)")
            .bind_all(row.id, std::int64_t{row.record.arm}, std::int64_t{ticket.view},
                      std::int64_t{ticket.take}, event.at)
            .run());
    TRY(insert_ticket(database_.last_row(), ticket));
    StoredEvent opened = event;
    if (ticket.view) opened.scopes.push_back(share::Scope::View);
    if (ticket.take) opened.scopes.push_back(share::Scope::Take);
    return add_event(opened);
  });
}

base::Status Store::insert_ticket(std::int64_t session, const NewTicket& ticket) {
  return database_.prepare("INSERT INTO tickets(hash, session, ends) VALUES(?,?,?)")
      .bind_all(ticket.hash, session, ticket.ends)
      .run();
}

base::Result<std::optional<TicketRow>> Store::ticket(const Digest& hash, base::UnixSeconds now) {
  auto query = database_.prepare(
      "SELECT sessions.id, share, shares.arm, issue, opened, ends, not_after, view, take, "
      "receipts, state "
      "FROM tickets JOIN sessions ON sessions.id=session JOIN shares ON shares.id=share "
      "WHERE hash=?1 AND ends>?2 AND not_after>?2 "
      "AND sessions.arm=shares.arm");
  if (!TRY(query.bind_all(hash, now).step())) return std::optional<TicketRow>();
  const auto state = share::parse_state(query.text(10));
  if (!state || !serves(*state)) return std::optional<TicketRow>();
  TicketRow row;
  row.session = query.integer(0);
  row.share = id_at(query, 1);
  row.arm = u32_at(query, 2);
  row.issue = u32_at(query, 3);
  row.opened = query.integer(4);
  row.ends = query.integer(5);
  row.not_after = query.integer(6);
  row.view = query.integer(7) != 0;
  row.take = query.integer(8) != 0;
  row.receipts = u32_at(query, 9);
  return std::optional(row);
}

base::Result<bool> Store::ticket_names(const TicketRow& ticket, const Id& blob) {
  auto query = database_.prepare(
      "SELECT 1 FROM share_blobs JOIN blobs ON blobs.id=blob WHERE share=?1 AND blob=?2 "
      "AND finished=1 AND ((scope=1 AND ?3) OR (scope=2 AND ?4)) LIMIT 1");
  return query.bind_all(ticket.share, blob, std::int64_t{ticket.view}, std::int64_t{ticket.take})
      .step();
}

base::Status Store::renew(const TicketRow& ticket, const NewTicket& renewed) {
  return insert_ticket(ticket.session, renewed);
}

// False when the session has sent as many as it may.
base::Result<bool> Store::count_receipt(const TicketRow& ticket, const StoredEvent& event) {
  std::int64_t counted = 0;
  const auto steps = [&]() -> base::Status {
    TRY(database_.prepare("UPDATE sessions SET receipts=receipts+1 WHERE id=? AND receipts<?")
            .bind_all(ticket.session, std::int64_t{share::kMaxReceipts})
            .run());
    counted = database_.changes();
    if (counted == 1) TRY(add_event(event));
    return base::Done{};
  };
  TRY(database_.transaction(steps));
  return counted == 1;
}

base::Status Store::count_served(const TicketRow& ticket, const StoredEvent& event) {
  return database_.transaction([&]() -> base::Status {
    TRY(add_event(event));
    if (!ticket.take || !event.blob) return base::Done{};
    TRY(database_
            .prepare("UPDATE sessions SET served=served+?1 WHERE id=?2 AND EXISTS (SELECT 1 FROM "
                     "share_blobs WHERE share=?3 AND scope=2 AND blob=?4)")
            .bind_all(static_cast<std::int64_t>(event.bytes), ticket.session, ticket.share,
                      *event.blob)
            .run());
    return count_take(ticket);
  });
}

// A session is one take as soon as it was served as many bytes as the package has; the package is
// the largest blob of the take scope (the portal knows no roles).
base::Status Store::count_take(const TicketRow& ticket) {
  TRY(database_
          .prepare("UPDATE sessions SET counted=1 WHERE id=?1 AND counted=0 AND served>=(SELECT "
                   "max(length) FROM share_blobs JOIN blobs ON blobs.id=blob "
                   "WHERE share=?2 AND scope=2)")
          .bind_all(ticket.session, ticket.share)
          .run());
  if (database_.changes() == 0) return base::Done{};
  return database_.prepare("UPDATE shares SET takes=takes+1 WHERE id=?").bind(ticket.share).run();
}

}  // namespace portal
