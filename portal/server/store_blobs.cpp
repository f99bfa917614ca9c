// The store's part about blobs, time and events.
#include "portal/store.h"
#include "portal/store_row.h"
#include "portal/store_schema.h"

namespace portal {
namespace {

void bind_id(database::Statement& query, const std::optional<Id>& id) {
  if (id)
    query.bind(*id);
  else
    query.bind_null();
}

bool has_scope(const share::Event& event, share::Scope scope) {
  return std::find(event.scopes.begin(), event.scopes.end(), scope) != event.scopes.end();
}

std::optional<Id> optional_id(const database::Statement& row, int column) {
  if (row.null(column)) return std::nullopt;
  return id_at(row, column);
}

StoredEvent read_event(const database::Statement& row) {
  StoredEvent event;
  event.number = static_cast<std::uint64_t>(row.integer(0));
  event.at = row.integer(1);
  event.kind = row.text(2);
  event.share = optional_id(row, 3);
  event.arm = u32_at(row, 4);
  event.issue = u32_at(row, 5);
  if (row.integer(6) != 0) event.scopes.push_back(share::Scope::View);
  if (row.integer(7) != 0) event.scopes.push_back(share::Scope::Take);
  event.blob = optional_id(row, 8);
  event.bytes = static_cast<std::uint64_t>(row.integer(9));
  event.count = static_cast<std::uint64_t>(row.integer(10));
  event.payload = row.text(11);
  event.mac = row.blob(12);
  event.visitor = {row.text(13), row.text(14)};
  return event;
}

}  // namespace

base::Result<Store> Store::open(const std::string& path) {
  Store store(TRY(database::Database::open(path)));
  TRY(store.database_.migrate(store_schema()));
  return store;
}

base::Result<std::optional<PortalTime::Kept>> Store::kept_time() {
  auto query = database_.prepare("SELECT highest, wall, uptime, boot FROM clock");
  if (!TRY(query.step())) return std::optional<PortalTime::Kept>();
  return std::optional(
      PortalTime::Kept{query.integer(0), {query.integer(1), query.integer(2), query.text(3)}});
}

base::Status Store::keep_time(const PortalTime::Kept& kept) {
  return database_
      .prepare("INSERT OR REPLACE INTO clock(one, highest, wall, uptime, boot) VALUES(1,?,?,?,?)")
      .bind_all(kept.highest, kept.last.wall, kept.last.uptime, kept.last.boot)
      .run();
}

base::Result<std::optional<BlobRow>> Store::blob(const Id& id) {
  auto query = database_.prepare("SELECT length, finished, sums FROM blobs WHERE id=?");
  if (!TRY(query.bind(id).step())) return std::optional<BlobRow>();
  return std::optional(BlobRow{static_cast<std::uint64_t>(query.integer(0)), query.integer(1) != 0,
                               digest_at(query, 2)});
}

base::Status Store::create_blob(const Id& id, std::uint64_t length, base::UnixSeconds now) {
  return database_.prepare("INSERT INTO blobs(id, length, created) VALUES(?,?,?)")
      .bind_all(id, static_cast<std::int64_t>(length), now)
      .run();
}

base::Status Store::finish_blob(const Id& id, const Digest& sums) {
  return database_.transaction([&]() -> base::Status {
    TRY(database_.prepare("UPDATE blobs SET finished=1, sums=? WHERE id=?")
            .bind_all(sums, id)
            .run());
    std::vector<Id> waiting;
    {
      auto query = database_.prepare(
          "SELECT DISTINCT share FROM share_blobs JOIN shares ON shares.id=share "
          "WHERE blob=? AND state='staged'");
      query.bind(id);
      while (TRY(query.step())) waiting.push_back(id_at(query, 0));
    }
    for (const Id& share : waiting) TRY(complete_if_ready(share, 0));
    return base::Done{};
  });
}

base::Status Store::forget_blob(const Id& id) {
  return database_.prepare("DELETE FROM blobs WHERE id=?").bind(id).run();
}

base::Result<bool> Store::named_by_live_share(const Id& blob) {
  auto query = database_.prepare(
      "SELECT DISTINCT state FROM share_blobs JOIN shares ON shares.id=share WHERE blob=?");
  query.bind(blob);
  while (TRY(query.step())) {
    const auto state = share::parse_state(query.text(0));
    if (!state || live(*state)) return true;
  }
  return false;
}

base::Result<std::vector<Id>> Store::all_blobs() {
  return ids("SELECT id FROM blobs WHERE ?=0", 0);
}

base::Result<std::vector<Id>> Store::ids(const char* sql, base::UnixSeconds time) {
  std::vector<Id> found;
  auto query = database_.prepare(sql);
  query.bind(time);
  while (TRY(query.step())) found.push_back(id_at(query, 0));
  return found;
}

base::Status Store::add_event(const StoredEvent& event) {
  auto insert = database_.prepare(
      "INSERT INTO events(at,kind,share,arm,issue,view,take,blob,bytes,count,payload,mac,address,"
      "agent) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  insert.bind_all(event.at, event.kind);
  bind_id(insert, event.share);
  insert.bind_all(std::int64_t{event.arm}, std::int64_t{event.issue},
                  std::int64_t{has_scope(event, share::Scope::View)},
                  std::int64_t{has_scope(event, share::Scope::Take)});
  bind_id(insert, event.blob);
  insert.bind_all(static_cast<std::int64_t>(event.bytes), static_cast<std::int64_t>(event.count),
                  event.payload, event.mac, event.visitor.address, event.visitor.agent);
  return insert.run();
}

base::Result<std::vector<StoredEvent>> Store::events_after(std::uint64_t number, unsigned most) {
  std::vector<StoredEvent> events;
  auto query = database_.prepare(
      "SELECT number,at,kind,share,arm,issue,view,take,blob,bytes,count,payload,mac,address,agent "
      "FROM events WHERE number>? ORDER BY number LIMIT ?");
  query.bind_all(static_cast<std::int64_t>(number), std::int64_t{most});
  while (TRY(query.step())) events.push_back(read_event(query));
  return events;
}

}  // namespace portal
