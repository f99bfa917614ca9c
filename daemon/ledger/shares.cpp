// Bundles and shares.
#include "ledger/ledger.h"

namespace ledger {
namespace {

constexpr const char* kBundle =
    "SELECT id, study, revision, preparation, ahead, profile, state, package_id, index_id, "
    "package_length, package_sealed,"
    " index_length, index_sealed, package_sums, index_sums, package_sha256, index_sha256, "
    "package_up, index_up,"
    " instances, series, attempts, next_attempt, held, settings FROM bundle ";

Bundle bundle_from(const database::Statement& row) {
  return {
      row.integer(0),  row.integer(1),  row.integer(2),       row.blob(3),          row.text(4),
      row.text(5),     row.text(6),     row.blob(7),          row.blob(8),          row.integer(9),
      row.integer(10), row.integer(11), row.integer(12),      row.blob(13),         row.blob(14),
      row.blob(15),    row.blob(16),    row.integer(17) != 0, row.integer(18) != 0, row.integer(19),
      row.integer(20), row.integer(21), row.integer(22),      row.text(23),         row.text(24)};
}

// What changes with its state; what it was made for stands.
void bind_progress(database::Statement& row, const Bundle& b) {
  row.bind(b.state).bind(base::ByteView(b.package_id)).bind(base::ByteView(b.index_id));
  row.bind_all(b.package_length, b.package_sealed, b.index_length, b.index_sealed);
  for (const auto* bytes : {&b.package_sums, &b.index_sums, &b.package_sha256, &b.index_sha256})
    row.bind(base::ByteView(*bytes));
  row.bind_all(std::int64_t{b.package_up}, std::int64_t{b.index_up}, b.instances, b.series,
               b.attempts, b.next_attempt);
  row.bind(b.held).bind(b.settings);
}

constexpr const char* kShare =
    "SELECT id, study, bundle, revision, route, recipient, state, policy, arm, issue, ready, "
    "made_at, not_after,"
    " announced_at, opened_at, message_id, attempts, next_attempt, held, last, settings FROM "
    "share ";

Share share_from(const database::Statement& row) {
  return {row.text(0),          row.integer(1),  row.integer(2),  row.integer(3),  row.text(4),
          row.text(5),          row.text(6),     row.text(7),     row.integer(8),  row.integer(9),
          row.integer(10) != 0, row.integer(11), row.integer(12), row.integer(13), row.integer(14),
          row.text(15),         row.integer(16), row.integer(17), row.text(18),    row.text(19),
          row.text(20)};
}

void bind(database::Statement& row, const Share& s) {
  row.bind(s.id).bind_all(s.study, s.bundle, s.revision);
  row.bind(s.route).bind(s.recipient).bind(s.state).bind(s.policy);
  row.bind_all(s.arm, s.issue, std::int64_t{s.ready}, s.made_at, s.not_after, s.announced_at,
               s.opened_at);
  row.bind(s.message_id).bind_all(s.attempts, s.next_attempt);
  row.bind(s.held).bind(s.last).bind(s.settings);
}

template <typename Row, typename From>
base::Result<std::vector<Row>> all_of(database::Statement rows, From from) {
  std::vector<Row> list;
  while (TRY(rows.step())) list.push_back(from(rows));
  return list;
}

template <typename Row, typename From>
base::Result<std::optional<Row>> one_of(database::Statement row, From from) {
  if (!TRY(row.step())) return std::optional<Row>();
  return std::optional<Row>(from(row));
}

}  // namespace

base::Result<Bundle> Ledger::bundle_for(const Bundle& wanted) {
  {
    auto insert = database_.prepare(
        "INSERT INTO bundle(study, revision, preparation, ahead, profile, state, package_id, "
        "index_id, "
        "package_length,"
        " package_sealed, index_length, index_sealed, package_sums, index_sums, package_sha256, "
        "index_sha256,"
        " package_up, index_up, instances, series, attempts, next_attempt, held, settings)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(preparation) DO UPDATE SET ahead = '' WHERE excluded.ahead = ''");
    insert.bind(wanted.study).bind(wanted.revision).bind(base::ByteView(wanted.preparation));
    insert.bind(wanted.ahead).bind(wanted.profile);
    bind_progress(insert, wanted);
    TRY(insert.run());
  }
  auto row = database_.prepare(std::string(kBundle) + "WHERE preparation = ?");
  row.bind(base::ByteView(wanted.preparation));
  auto found = TRY(one_of<Bundle>(std::move(row), bundle_from));
  if (!found) return base::retry_later("ledger.bundle", "a row that was just written is not there");
  return std::move(*found);
}

base::Result<std::optional<Bundle>> Ledger::bundle(std::int64_t id) {
  auto row = database_.prepare(std::string(kBundle) + "WHERE id = ?");
  row.bind(id);
  return one_of<Bundle>(std::move(row), bundle_from);
}

base::Result<std::vector<Bundle>> Ledger::bundles_in(const std::string& state) {
  auto rows = database_.prepare(std::string(kBundle) + "WHERE state = ? ORDER BY id");
  rows.bind(state);
  return all_of<Bundle>(std::move(rows), bundle_from);
}

base::Status Ledger::update(const Bundle& b, const std::string& expected_state) {
  auto row = database_.prepare(
      "UPDATE bundle SET state = ?, package_id = ?, index_id = ?,"
      " package_length = ?, package_sealed = ?, index_length = ?, index_sealed = ?, package_sums = "
      "?, index_sums = ?,"
      " package_sha256 = ?, index_sha256 = ?, package_up = ?, index_up = ?, instances = ?, series "
      "= ?, attempts = ?,"
      " next_attempt = ?, held = ?, settings = ? WHERE id = ? AND state = ?");
  bind_progress(row, b);
  TRY(row.bind(b.id).bind(expected_state).run());
  return changed_one("a bundle");
}

base::Status Ledger::add(const Share& share) {
  auto row = database_.prepare(
      "INSERT INTO share VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  bind(row, share);
  return row.run();
}

base::Result<std::optional<Share>> Ledger::share(const std::string& id) {
  auto rows = database_.prepare(std::string(kShare) + "WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2");
  rows.bind(id);
  auto found = TRY(all_of<Share>(std::move(rows), share_from));
  if (id.size() < 4 || found.size() != 1) return std::optional<Share>();
  return std::optional<Share>(std::move(found.front()));
}

base::Result<std::optional<Share>> Ledger::share_of(std::int64_t study, const std::string& route,
                                                    const std::string& recipient) {
  auto row =
      database_.prepare(std::string(kShare) + "WHERE study = ? AND route = ? AND recipient = ?");
  row.bind(study).bind(route).bind(recipient);
  return one_of<Share>(std::move(row), share_from);
}

base::Result<std::vector<Share>> Ledger::shares_in(const std::set<std::string>& states) {
  std::vector<Share> list;
  for (const auto& state : states) {
    auto rows = database_.prepare(std::string(kShare) + "WHERE state = ? ORDER BY made_at");
    rows.bind(state);
    for (auto& share : TRY(all_of<Share>(std::move(rows), share_from)))
      list.push_back(std::move(share));
  }
  return list;
}

base::Result<std::vector<Share>> Ledger::all_shares() {
  return all_of<Share>(database_.prepare(std::string(kShare) + "ORDER BY made_at, id"), share_from);
}

base::Status Ledger::update(const Share& s, const std::string& expected_state) {
  auto row = database_.prepare(
      "UPDATE share SET id = ?, study = ?, bundle = ?, revision = ?, route = ?, recipient = ?, "
      "state = ?, policy = ?,"
      " arm = ?, issue = ?, ready = ?, made_at = ?, not_after = ?, announced_at = ?, opened_at = "
      "?, message_id = ?,"
      " attempts = ?, next_attempt = ?, held = ?, last = ?, settings = ? WHERE id = ? AND state = "
      "?");
  bind(row, s);
  TRY(row.bind(s.id).bind(expected_state).run());
  return changed_one("a share");
}

base::Result<bool> Ledger::bundle_in_use(std::int64_t bundle) {
  auto row = database_.prepare(
      "SELECT 1 FROM share WHERE bundle = ? AND state IN ('waiting', 'announced') LIMIT 1");
  return row.bind(bundle).step();
}

base::Result<bool> Ledger::bundle_wanted(std::int64_t bundle) {
  if (TRY(bundle_in_use(bundle))) return true;
  auto row = database_.prepare(
      "SELECT 1 FROM bundle b JOIN study s ON s.id = b.study WHERE b.id = ? AND b.ahead = 'fits'"
      " AND s.state IN ('assembling', 'complete') AND s.held = ''");
  return row.bind(bundle).step();
}

base::Status Ledger::overtake(std::int64_t study) {
  auto rows = database_.prepare(
      "UPDATE bundle SET ahead = 'overtaken', preparation = randomblob(32)"
      " WHERE study = ? AND ahead = 'fits'");
  return rows.bind(study).run();
}

base::Status Ledger::forget_preparation(std::int64_t bundle) {
  auto row = database_.prepare("UPDATE bundle SET preparation = randomblob(32) WHERE id = ?");
  return row.bind(bundle).run();
}

}  // namespace ledger
