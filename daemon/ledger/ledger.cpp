#include "ledger/ledger.h"

#include <unistd.h>

namespace ledger {
namespace {

const char* const kTables = R"sql(
CREATE TABLE association(
  id TEXT PRIMARY KEY, peer_address TEXT NOT NULL, listener TEXT NOT NULL, opened_at INTEGER NOT NULL,
  next_sequence INTEGER NOT NULL, closed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX association_open ON association(id) WHERE closed = 0;
CREATE TABLE study(
  id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, state TEXT NOT NULL, revision INTEGER NOT NULL,
  approved INTEGER NOT NULL, first_receipt INTEGER NOT NULL, last_receipt INTEGER NOT NULL, deadline INTEGER NOT NULL,
  held TEXT NOT NULL, settings TEXT NOT NULL) STRICT;
CREATE INDEX study_state ON study(state);
CREATE TABLE instance(
  id INTEGER PRIMARY KEY, association TEXT NOT NULL REFERENCES association(id), sequence INTEGER NOT NULL,
  received_at INTEGER NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL, study INTEGER NOT NULL,
  revision INTEGER NOT NULL, sop_key BLOB NOT NULL, patient_key BLOB NOT NULL, twin INTEGER NOT NULL,
  reason TEXT NOT NULL, facts BLOB NOT NULL, UNIQUE(association, sequence)) STRICT;
CREATE INDEX instance_study ON instance(study, sop_key) WHERE study <> 0;
CREATE INDEX instance_waiting ON instance(state, id) WHERE state IN ('received', 'comparing', 'quarantined');
CREATE INDEX instance_count ON instance(state, received_at, size);
CREATE TABLE identifier(
  study INTEGER NOT NULL REFERENCES study(id), key BLOB NOT NULL, text BLOB NOT NULL,
  PRIMARY KEY(study, key)) STRICT, WITHOUT ROWID;
CREATE TABLE bundle(
  id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES study(id), revision INTEGER NOT NULL,
  preparation BLOB NOT NULL UNIQUE, ahead TEXT NOT NULL, profile TEXT NOT NULL, state TEXT NOT NULL,
  package_id BLOB NOT NULL, index_id BLOB NOT NULL,
  package_length INTEGER NOT NULL, package_sealed INTEGER NOT NULL, index_length INTEGER NOT NULL, index_sealed INTEGER NOT NULL,
  package_sums BLOB NOT NULL, index_sums BLOB NOT NULL, package_sha256 BLOB NOT NULL, index_sha256 BLOB NOT NULL,
  package_up INTEGER NOT NULL, index_up INTEGER NOT NULL, instances INTEGER NOT NULL, series INTEGER NOT NULL,
  attempts INTEGER NOT NULL, next_attempt INTEGER NOT NULL, held TEXT NOT NULL, settings TEXT NOT NULL) STRICT;
CREATE INDEX bundle_state ON bundle(state);
CREATE TABLE share(
  id TEXT PRIMARY KEY, study INTEGER NOT NULL REFERENCES study(id), bundle INTEGER NOT NULL REFERENCES bundle(id),
  revision INTEGER NOT NULL, route TEXT NOT NULL, recipient TEXT NOT NULL, state TEXT NOT NULL, policy TEXT NOT NULL,
  arm INTEGER NOT NULL, issue INTEGER NOT NULL, ready INTEGER NOT NULL, made_at INTEGER NOT NULL,
  not_after INTEGER NOT NULL, announced_at INTEGER NOT NULL, opened_at INTEGER NOT NULL, message_id TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_attempt INTEGER NOT NULL, held TEXT NOT NULL, last TEXT NOT NULL, settings TEXT NOT NULL,
  UNIQUE(study, route, recipient)) STRICT, WITHOUT ROWID;
CREATE INDEX share_state ON share(state);
CREATE INDEX share_bundle ON share(bundle);
CREATE TABLE note(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kMark = "mark";

// Says what to do, where SQLite says only what is wrong.
base::Fault damaged(const base::Fault& fault, const std::string& path, const std::string& advice) {
  if (fault.remedy != base::Remedy::AskAdministrator) return fault;
  return base::ask_administrator("ledger.open", path + ": " + fault.what + "; " + advice);
}

base::Result<database::Database> open_whole(const std::string& path) {
  auto database = TRY(database::Database::open(path));
  TRY(database.migrate({std::string(kTables) + audit::kSchema}));
  return database;
}

}  // namespace

Ledger::Ledger(database::Database database, Keys keys, const base::Clock& clock)
    : database_(std::move(database)),
      keys_(std::move(keys)),
      chain_(database_, keys_.audit_key()),
      clock_(clock) {}

base::Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& folder,
                                                   const base::SecretBytes& kek,
                                                   const base::Clock& clock) {
  // New keys would open nothing of what this ledger names: keys.db is outside every backup.
  const bool begun = ::access((folder + "/ledger.db").c_str(), F_OK) == 0;
  if (begun && ::access((folder + "/keys.db").c_str(), F_OK) != 0)
    return base::ask_administrator(
        "ledger.open", folder +
                           ": ledger.db is there and keys.db is not; restore it, or move "
                           "ledger.db away to begin anew");
  auto keys = Keys::open(folder + "/keys.db", kek, !begun);
  if (!keys.ok())
    return damaged(keys.fault(), folder + "/keys.db",
                   "without it nothing that is sealed here can be opened: see Restoring in "
                   "docs/operations.md");
  auto database = open_whole(folder + "/ledger.db");
  if (!database.ok())
    return damaged(database.fault(), folder + "/ledger.db",
                   "restore it from its backup, or move it away with its -wal and -shm to begin "
                   "anew: nothing that may have been sent is sent before it is released");
  return std::unique_ptr<Ledger>(
      new Ledger(std::move(database).value(), std::move(keys).value(), clock));
}

base::Status Ledger::mark() {
  const auto at = std::to_string(TRY(chain_.length()));
  return keys_.put(kMark, base::SecretBytes(base::as_bytes(at)));
}

base::Result<bool> Ledger::has_gone_back() {
  const auto mark = TRY(keys_.get(kMark));
  if (!mark) return false;
  return TRY(chain_.length()) < std::stoll(std::string(base::as_text(mark->view())));
}

base::Status Ledger::commit(const std::function<base::Status()>& steps) {
  auto done = database_.transaction(steps);
  if (done.ok())
    for (const auto& [event, count] : uncommitted_) counted_[event] += count;
  uncommitted_.clear();
  return done;
}

base::Status Ledger::audit(const std::string& event, std::map<std::string, std::string> fields) {
  ++uncommitted_[event];
  return chain_.append(clock_.now(), {event, std::move(fields)});
}

// A compare-and-swap that found another state: somebody else made the step, ours is void.
base::Status Ledger::changed_one(const char* what) {
  if (database_.changes() == 1) return base::Done{};
  return base::reject("ledger.update",
                      std::string(what) + " is no longer in the state that was expected");
}

base::Result<std::string> Ledger::note(const std::string& name) {
  auto row = database_.prepare("SELECT value FROM note WHERE name = ?");
  if (!TRY(row.bind(name).step())) return std::string();
  return row.text(0);
}

base::Status Ledger::set_note(const std::string& name, const std::string& value) {
  auto row = database_.prepare("INSERT OR REPLACE INTO note VALUES(?, ?)");
  return row.bind(name).bind(value).run();
}

base::Result<std::vector<Ledger::Count>> Ledger::counts() {
  std::vector<Count> counts;
  auto rows = database_.prepare(
      "SELECT 'instance', state, count(*), 0, min(received_at) FROM instance GROUP BY state"
      " UNION ALL SELECT 'study', state, count(*), sum(held <> ''), min(last_receipt) FROM study "
      "GROUP BY state"
      " UNION ALL SELECT 'bundle', b.state, count(*), sum(b.held <> ''), min(s.last_receipt)"
      "   FROM bundle b JOIN study s ON s.id = b.study GROUP BY b.state"
      " UNION ALL SELECT 'share', state, count(*), sum(held <> ''), min(made_at) FROM share GROUP "
      "BY state");
  while (TRY(rows.step()))
    counts.push_back(
        {rows.text(0), rows.text(1), rows.integer(2), rows.integer(3), rows.integer(4)});
  return counts;
}

base::Result<std::int64_t> Ledger::spooled_bytes() {
  auto row = database_.prepare(
      "SELECT coalesce(sum(size), 0) FROM instance WHERE state NOT IN ('removed', 'duplicate')");
  if (!TRY(row.step())) return std::int64_t{0};
  return row.integer(0);
}

base::Result<std::vector<Ledger::Held>> Ledger::held() {
  std::vector<Held> held;
  auto rows = database_.prepare(
      "SELECT 'study', CAST(id AS TEXT), held FROM study WHERE held <> ''"
      " UNION ALL SELECT 'bundle', CAST(id AS TEXT), held FROM bundle"
      "   WHERE held <> '' AND state IN ('planned', 'prepared', 'sealed')"
      " UNION ALL SELECT 'share', id, held FROM share"
      "   WHERE held <> '' AND state IN ('waiting', 'announced')");
  while (TRY(rows.step())) held.push_back({rows.text(0), rows.text(1), rows.text(2)});
  return held;
}

}  // namespace ledger
