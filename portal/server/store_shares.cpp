// The store's part about shares: dispatch's commands and the steps of the state table.
#include "portal/store.h"
#include "portal/store_row.h"

namespace portal {
namespace {

std::int64_t whole(std::uint32_t value) { return value; }

void bind_optional(database::Statement& query, const std::optional<base::Bytes>& bytes) {
  if (bytes)
    query.bind(base::ByteView(*bytes));
  else
    query.bind_null();
}

std::optional<base::Bytes> optional_bytes(const database::Statement& row, int column) {
  if (row.null(column)) return std::nullopt;
  return row.blob(column);
}

base::Bytes joined(const std::vector<Id>& ids) {
  base::Bytes bytes;
  for (const Id& id : ids) base::append(bytes, id);
  return bytes;
}

ShareRow read_share(const database::Statement& row, const Id& id) {
  ShareRow share;
  share.id = id;
  share.state = share::parse_state(row.text(0)).value_or(State::Revoked);
  share.record.arm = u32_at(row, 1);
  share.record.issue = u32_at(row, 2);
  share.record.link_proof_sha256 = digest_at(row, 3);
  share.record.code_proof_sha256 = digest_at(row, 4);
  share.record.cover = row.blob(5);
  share.record.view_grant = optional_bytes(row, 6);
  share.record.take_grant = optional_bytes(row, 7);
  share.record.not_after = row.integer(8);
  share.record.purge_after = row.integer(9);
  share.tries = u32_at(row, 10);
  share.record.tries_max = u32_at(row, 11);
  share.record.step_up = row.integer(12) != 0;
  share.record.otp = row.integer(13) != 0;
  share.takes = u32_at(row, 14);
  share.record.takes_max = u32_at(row, 15);
  return share;
}

}  // namespace

base::Result<std::optional<ShareRow>> Store::share(const Id& id) {
  auto query = database_.prepare(
      "SELECT state,arm,issue,link_proof,code_proof,cover,view_grant,take_grant,not_after,"
      "purge_after,tries,tries_max,step_up,otp,takes,takes_max FROM shares WHERE id=?");
  if (!TRY(query.bind(id).step())) return std::optional<ShareRow>();
  return std::optional(read_share(query, id));
}

base::Status Store::write_row(const Id& id, const share::Record& record, const Digest& body) {
  auto write = database_.prepare(
      "INSERT INTO shares(id,state,arm,issue,link_proof,code_proof,cover,view_grant,take_grant,"
      "not_after,purge_after,tries_max,step_up,otp,takes_max,body) "
      "VALUES(?1,'absent',?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15) "
      "ON CONFLICT(id) DO UPDATE SET arm=?2,issue=?3,link_proof=?4,code_proof=?5,cover=?6,"
      "view_grant=?7,take_grant=?8,not_after=?9,purge_after=?10,tries_max=?11,step_up=?12,otp=?13,"
      "takes_max=?14,body=?15,ended=0");
  write.bind_all(id, whole(record.arm), whole(record.issue), record.link_proof_sha256,
                 record.code_proof_sha256, record.cover);
  bind_optional(write, record.view_grant);
  bind_optional(write, record.take_grant);
  write.bind_all(record.not_after, record.purge_after, whole(record.tries_max),
                 std::int64_t{record.step_up}, std::int64_t{record.otp}, whole(record.takes_max),
                 body);
  TRY(write.run());
  return write_blob_names(id, record);
}

base::Status Store::write_blob_names(const Id& id, const share::Record& record) {
  TRY(database_.prepare("DELETE FROM share_blobs WHERE share=?").bind(id).run());
  const auto add = [&](share::Scope scope, const std::vector<Id>& blobs) -> base::Status {
    for (std::size_t i = 0; i < blobs.size(); ++i)
      TRY(database_.prepare("INSERT INTO share_blobs(share,scope,place,blob) VALUES(?,?,?,?)")
              .bind_all(id, static_cast<std::int64_t>(scope), static_cast<std::int64_t>(i),
                        blobs[i])
              .run());
    return base::Done{};
  };
  TRY(add(share::Scope::View, record.view_blobs));
  return add(share::Scope::Take, record.take_blobs);
}

// Which act a record is, nullopt: refused. `same` when it is the stored one again.
base::Result<std::optional<Act>> Store::act_of_put(const Id& id, const share::Record& record,
                                                   const Digest& body, bool& same) {
  auto query = database_.prepare("SELECT arm, issue, body FROM shares WHERE id=?");
  if (!TRY(query.bind(id).step())) return std::optional(Act::First);
  const auto arm = u32_at(query, 0);
  const auto issue = u32_at(query, 1);
  if (record.arm < arm || record.issue < issue) return std::optional<Act>();
  if (record.arm > arm) return std::optional(Act::NewArm);
  if (record.issue > issue) return std::optional(Act::NewIssue);
  same = digest_at(query, 2) == body;
  return std::optional<Act>();
}

base::Result<CommandOutcome> Store::put(const Id& id, const share::Record& record,
                                        const Digest& body, base::UnixSeconds now) {
  CommandOutcome outcome;
  const auto steps = [&]() -> base::Status {
    bool same = false;
    const auto act = TRY(act_of_put(id, record, body, same));
    const auto row = TRY(share(id));
    const State state = row ? row->state : State::Absent;
    const auto next = act ? step(state, *act) : std::nullopt;
    outcome.refused = !same && (!next || record.not_after <= now);
    if (!same && !outcome.refused) {
      TRY(write_row(id, record, body));
      TRY(take_step(id, *next, now));
      TRY(complete_if_ready(id, now));
    }
    outcome.answer = TRY(answer_of(id, now));
    return base::Done{};
  };
  TRY(database_.transaction(steps));
  return outcome;
}

base::Result<CommandOutcome> Store::command(const Id& id, Act act, base::UnixSeconds now) {
  CommandOutcome outcome;
  const auto steps = [&]() -> base::Status {
    const auto row = TRY(share(id));
    const State state = row ? row->state : State::Absent;
    const auto next = step(state, act);
    outcome.refused = !next.has_value();
    if (next) {
      TRY(take_step(id, *next, now));
      TRY(complete_if_ready(id, now));
    }
    outcome.answer = TRY(answer_of(id, now));
    return base::Done{};
  };
  TRY(database_.transaction(steps));
  if (act == Act::Revoke) outcome.answer.erased = TRY(erased_by_revoke(id));
  return outcome;
}

base::Result<share::RecordAnswer> Store::answer_of(const Id& id, base::UnixSeconds now) {
  share::RecordAnswer answer;
  const auto row = TRY(share(id));
  answer.state = row ? row->state : State::Absent;
  answer.now = now;
  if (!row) return answer;
  answer.arm = row->record.arm;
  answer.issue = row->record.issue;
  answer.not_after = row->record.not_after;
  if (answer.state == State::Staged) answer.missing = TRY(missing_blobs(id));
  return answer;
}

base::Result<std::vector<Id>> Store::erased_by_revoke(const Id& id) {
  std::vector<Id> erased;
  auto query = database_.prepare("SELECT erased FROM shares WHERE id=?");
  if (!TRY(query.bind(id).step())) return erased;
  const base::Bytes bytes = query.blob(0);
  for (std::size_t at = 0; at + 16 <= bytes.size(); at += 16)
    erased.push_back(fixed<Id>({bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                bytes.begin() + static_cast<std::ptrdiff_t>(at) + 16}));
  return erased;
}

base::Result<std::vector<Id>> Store::missing_blobs(const Id& id) {
  std::vector<Id> missing;
  auto query = database_.prepare(
      "SELECT DISTINCT blob FROM share_blobs LEFT JOIN blobs ON blobs.id=blob "
      "WHERE share=? AND coalesce(finished,0)=0");
  query.bind(id);
  while (TRY(query.step())) missing.push_back(id_at(query, 0));
  return missing;
}

base::Status Store::complete_if_ready(const Id& id, base::UnixSeconds now) {
  const auto row = TRY(share(id));
  const auto next = row ? step(row->state, Act::BlobsComplete) : std::nullopt;
  if (!next) return base::Done{};
  const auto missing = TRY(missing_blobs(id));
  if (missing.empty()) TRY(take_step(id, *next, now));
  return base::Done{};
}

base::Result<Store::Taken> Store::take_step(const Id& id, const Step& next, base::UnixSeconds now) {
  const bool ends = next.to == State::Expired || next.to == State::Revoked;
  TRY(database_
          .prepare("UPDATE shares SET state=?1, ended=CASE WHEN ?2 AND ended=0 THEN ?3 ELSE ended "
                   "END WHERE id=?4")
          .bind_all(share::word(next.to), std::int64_t{ends}, now, id)
          .run());
  TRY(apply_effects(id, next));
  Taken taken{next.to, {}};
  if (next.delete_blobs) {
    taken.erased = TRY(delete_blobs_of(id, now));
    TRY(database_.prepare("UPDATE shares SET erased=? WHERE id=?")
            .bind_all(joined(taken.erased), id)
            .run());
  }
  if (next.forget) TRY(database_.prepare("DELETE FROM shares WHERE id=?").bind(id).run());
  return taken;
}

base::Status Store::apply_effects(const Id& id, const Step& next) {
  if (next.erase_grants)
    TRY(database_
            .prepare("UPDATE shares SET view_grant=NULL, take_grant=NULL, "
                     "code_proof=zeroblob(32) WHERE id=?")
            .bind(id)
            .run());
  if (next.reset_tries)
    TRY(database_.prepare("UPDATE shares SET tries=0 WHERE id=?").bind(id).run());
  if (next.drop_tickets)
    TRY(database_.prepare("DELETE FROM sessions WHERE share=?").bind(id).run());
  return base::Done{};
}

// Another share keeps a blob while it is live, or expired with purge_after still to come.
base::Result<bool> Store::held_by_another(const Id& blob, const Id& share, base::UnixSeconds now) {
  auto query = database_.prepare(
      "SELECT 1 FROM share_blobs JOIN shares ON shares.id=share WHERE blob=?1 AND share<>?2 "
      "AND (state IN ('staged','ready','locked','suspended') "
      "OR (state='expired' AND purge_after>?3)) LIMIT 1");
  return query.bind_all(blob, share, now).step();
}

base::Result<std::vector<Id>> Store::delete_blobs_of(const Id& id, base::UnixSeconds now) {
  std::vector<Id> named;
  {
    auto query = database_.prepare(
        "SELECT DISTINCT blob FROM share_blobs JOIN blobs ON blobs.id=blob WHERE share=?");
    query.bind(id);
    while (TRY(query.step())) named.push_back(id_at(query, 0));
  }
  std::vector<Id> erased;
  for (const Id& blob : named) {
    if (TRY(held_by_another(blob, id, now))) continue;
    TRY(forget_blob(blob));
    erased.push_back(blob);
  }
  return erased;
}

}  // namespace portal
