// Associations, instances and studies.
#include "ledger/ledger.h"

namespace ledger {
namespace {

// SQLite uses a partial index only where the query repeats the index's own condition, word for
// word.
constexpr const char* kWaiting = "state IN ('received', 'comparing', 'quarantined') AND ";
constexpr const char* kOfAStudy = "study <> 0 AND ";

constexpr const char* kInstance =
    "SELECT id, association, sequence, received_at, size, state, study, revision, sop_key, "
    "patient_key, twin, reason"
    " FROM instance ";

Instance instance_from(const database::Statement& row) {
  Instance i;
  i.id = row.integer(0);
  i.association = row.text(1);
  i.sequence = static_cast<std::uint32_t>(row.integer(2));
  i.received_at = row.integer(3);
  i.size = static_cast<std::uint64_t>(row.integer(4));
  i.state = row.text(5);
  i.study = row.integer(6);
  i.revision = row.integer(7);
  i.sop_key = row.blob(8);
  i.patient_key = row.blob(9);
  i.twin = row.integer(10);
  i.reason = row.text(11);
  return i;
}

base::Result<std::vector<Instance>> all_of(database::Statement rows) {
  std::vector<Instance> list;
  while (TRY(rows.step())) list.push_back(instance_from(rows));
  return list;
}

base::Result<std::optional<Instance>> one_of(database::Statement row) {
  if (!TRY(row.step())) return std::optional<Instance>();
  return std::optional<Instance>(instance_from(row));
}

Association association_from(const database::Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.integer(3),
          static_cast<std::uint32_t>(row.integer(4)),
          row.integer(5) != 0};
}

}  // namespace

base::Result<std::optional<Association>> Ledger::association(const std::string& id) {
  auto row = database_.prepare(
      "SELECT id, peer_address, listener, opened_at, next_sequence, closed FROM association WHERE "
      "id = ?");
  if (!TRY(row.bind(id).step())) return std::optional<Association>();
  return std::optional<Association>(association_from(row));
}

base::Result<std::vector<Association>> Ledger::open_associations() {
  std::vector<Association> list;
  auto rows = database_.prepare(
      "SELECT id, peer_address, listener, opened_at, next_sequence, closed FROM association WHERE "
      "closed = 0");
  while (TRY(rows.step())) list.push_back(association_from(rows));
  return list;
}

base::Status Ledger::put(const Association& a) {
  auto row = database_.prepare(
      "INSERT INTO association VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
      " ON CONFLICT(id) DO UPDATE SET next_sequence = ?5, closed = ?6");
  return row.bind(a.id)
      .bind(a.peer_address)
      .bind(a.listener)
      .bind(a.opened_at)
      .bind(std::int64_t{a.next_sequence})
      .bind(std::int64_t{a.closed})
      .run();
}

base::Status Ledger::add_received(Association& association, std::int64_t received_at,
                                  std::uint64_t size) {
  auto row = database_.prepare(
      "INSERT INTO instance(association, sequence, received_at, size, state, study, revision, "
      "sop_key, patient_key,"
      " twin, reason, facts) VALUES(?, ?, ?, ?, 'received', 0, 0, x'', x'', 0, '', x'')");
  TRY(row.bind(association.id)
          .bind(std::int64_t{association.next_sequence})
          .bind(received_at)
          .bind(static_cast<std::int64_t>(size))
          .run());
  ++association.next_sequence;
  ++uncommitted_["received"];
  uncommitted_["received bytes"] += static_cast<std::int64_t>(size);
  return put(association);
}

base::Result<std::optional<Instance>> Ledger::instance(std::int64_t id) {
  auto row = database_.prepare(std::string(kInstance) + "WHERE id = ?");
  row.bind(id);
  return one_of(std::move(row));
}

base::Result<std::vector<Instance>> Ledger::instances_in(const std::string& state,
                                                         std::size_t limit, std::int64_t after) {
  const bool waiting = state == "received" || state == "comparing" || state == "quarantined";
  auto rows = database_.prepare(std::string(kInstance) + "WHERE " + (waiting ? kWaiting : "") +
                                "state = ? AND id > ? ORDER BY id LIMIT ?");
  rows.bind(state).bind(after).bind(static_cast<std::int64_t>(limit));
  return all_of(std::move(rows));
}

base::Result<std::vector<Instance>> Ledger::instances_of(std::int64_t study) {
  auto rows = database_.prepare(std::string(kInstance) + "WHERE " + kOfAStudy +
                                "study = ? AND state = 'examined' ORDER BY id");
  rows.bind(study);
  return all_of(std::move(rows));
}

base::Result<std::optional<Instance>> Ledger::first_under(std::int64_t study,
                                                          base::ByteView sop_key) {
  auto row = database_.prepare(
      std::string(kInstance) + "WHERE " + kOfAStudy +
      "study = ? AND sop_key = ? AND state IN ('examined', 'received') ORDER BY id LIMIT 1");
  row.bind(study).bind(sop_key);
  return one_of(std::move(row));
}

base::Status Ledger::update(const Instance& i) {
  auto row = database_.prepare(
      "UPDATE instance SET state = ?, study = ?, revision = ?, sop_key = ?, patient_key = ?, twin "
      "= ?, reason = ?"
      " WHERE id = ?");
  TRY(row.bind(i.state)
          .bind(i.study)
          .bind(i.revision)
          .bind(base::ByteView(i.sop_key))
          .bind(base::ByteView(i.patient_key))
          .bind(i.twin)
          .bind(i.reason)
          .bind(i.id)
          .run());
  return changed_one("an instance");
}

base::Status Ledger::put_facts(std::int64_t instance, std::string_view facts) {
  const auto sealed =
      TRY(keys_.seal_row("instance", std::to_string(instance), "facts", base::as_bytes(facts)));
  auto row = database_.prepare("UPDATE instance SET facts = ? WHERE id = ?");
  return row.bind(base::ByteView(sealed)).bind(instance).run();
}

base::Result<std::string> Ledger::facts(std::int64_t instance) {
  base::Bytes sealed;
  {
    auto row = database_.prepare("SELECT facts FROM instance WHERE id = ?");
    if (TRY(row.bind(instance).step())) sealed = row.blob(0);
  }
  const auto opened = TRY(keys_.open_row("instance", std::to_string(instance), "facts", sealed));
  return std::string(base::as_text(opened));
}

base::Result<bool> Ledger::add_identifiers(std::int64_t study,
                                           const std::vector<std::string>& texts) {
  bool grown = false;
  for (const auto& text : texts) {
    const auto key = keys_.digest("identifier", std::to_string(study) + ' ' + text);
    {
      auto known = database_.prepare("SELECT 1 FROM identifier WHERE study = ? AND key = ?");
      if (TRY(known.bind(study).bind(base::ByteView(key)).step())) continue;
    }
    const auto sealed =
        TRY(keys_.seal_row("identifier", base::to_hex(key), "text", base::as_bytes(text)));
    auto row = database_.prepare("INSERT INTO identifier(study, key, text) VALUES(?, ?, ?)");
    TRY(row.bind(study).bind(base::ByteView(key)).bind(base::ByteView(sealed)).run());
    grown = true;
  }
  return grown;
}

base::Result<std::vector<std::string>> Ledger::identifiers(std::int64_t study) {
  auto rows = database_.prepare("SELECT key, text FROM identifier WHERE study = ?");
  rows.bind(study);
  std::vector<std::string> texts;
  while (TRY(rows.step())) {
    const auto opened =
        TRY(keys_.open_row("identifier", base::to_hex(rows.blob(0)), "text", rows.blob(1)));
    texts.emplace_back(base::as_text(opened));
  }
  return texts;
}

base::Result<std::int64_t> Ledger::identifier_count(std::int64_t study) {
  auto row = database_.prepare("SELECT count(*) FROM identifier WHERE study = ?");
  TRY(row.bind(study).step());
  return row.integer(0);
}

base::Result<bool> Ledger::others_in_folder(const std::string& association) {
  auto row = database_.prepare(
      "SELECT 1 FROM instance WHERE association = ? AND state <> 'removed' LIMIT 1");
  return row.bind(association).step();
}

base::Result<bool> Ledger::examined_again(std::int64_t study) {
  auto row = database_.prepare(
      "SELECT 1 FROM instance WHERE study = ? AND study <> 0 AND state = 'received' LIMIT 1");
  return row.bind(study).step();
}

base::Result<std::optional<std::int64_t>> Ledger::oldest_received() {
  auto row = database_.prepare(std::string("SELECT min(received_at) FROM instance WHERE ") +
                               kWaiting + "state <> 'quarantined'");
  if (!TRY(row.step()) || row.null(0)) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(row.integer(0));
}

base::Result<std::map<std::string, std::uint32_t>> Ledger::first_unexamined_beside(
    std::int64_t study) {
  std::map<std::string, std::uint32_t> first;
  auto rows = database_.prepare(
      "SELECT w.association, min(w.sequence) FROM instance w"
      " WHERE w.state IN ('received', 'comparing', 'quarantined') AND w.state <> 'quarantined'"
      " AND EXISTS (SELECT 1 FROM instance i"
      " WHERE i.association = w.association AND i.study = ?) GROUP BY w.association");
  rows.bind(study);
  while (TRY(rows.step())) first[rows.text(0)] = static_cast<std::uint32_t>(rows.integer(1));
  return first;
}

base::Result<std::vector<std::string>> Ledger::contributors(std::int64_t study) {
  std::vector<std::string> list;
  auto rows = database_.prepare(
      "SELECT id FROM association a WHERE closed = 0 AND EXISTS"
      "(SELECT 1 FROM instance i WHERE i.association = a.id AND i.study = ?)");
  rows.bind(study);
  while (TRY(rows.step())) list.push_back(rows.text(0));
  return list;
}

}  // namespace ledger
