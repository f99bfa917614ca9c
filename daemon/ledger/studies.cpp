// Studies: found by keyed digest, moved by compare-and-swap.
#include "ledger/ledger.h"

namespace ledger {
namespace {

constexpr const char* kStudy =
    "SELECT id, key, state, revision, approved, first_receipt, last_receipt, deadline, held, "
    "settings FROM study ";

Study study_from(const database::Statement& row) {
  return {row.integer(0), row.blob(1),    row.text(2),    row.integer(3), row.integer(4),
          row.integer(5), row.integer(6), row.integer(7), row.text(8),    row.text(9)};
}

base::Result<std::vector<Study>> all_of(database::Statement rows) {
  std::vector<Study> list;
  while (TRY(rows.step())) list.push_back(study_from(rows));
  return list;
}

base::Result<std::optional<Study>> one_of(database::Statement row) {
  if (!TRY(row.step())) return std::optional<Study>();
  return std::optional<Study>(study_from(row));
}

}  // namespace

base::Result<std::optional<Study>> Ledger::study(std::int64_t id) {
  auto row = database_.prepare(std::string(kStudy) + "WHERE id = ?");
  row.bind(id);
  return one_of(std::move(row));
}

base::Result<Study> Ledger::study_under(base::ByteView key, std::int64_t received_at,
                                        std::int64_t approved) {
  {
    auto insert = database_.prepare(
        "INSERT INTO study(key, state, revision, approved, first_receipt, last_receipt, deadline, "
        "held, settings)"
        " VALUES(?1, 'assembling', 1, ?3, ?2, ?2, 0, '', '') ON CONFLICT(key) DO NOTHING");
    TRY(insert.bind(key).bind(received_at).bind(approved).run());
  }
  auto row = database_.prepare(std::string(kStudy) + "WHERE key = ?");
  row.bind(key);
  auto found = TRY(one_of(std::move(row)));
  if (!found) return base::retry_later("ledger.study", "a row that was just written is not there");
  return std::move(*found);
}

base::Result<std::vector<Study>> Ledger::studies_in(const std::string& state, bool held_too) {
  auto rows = database_.prepare(std::string(kStudy) +
                                "WHERE state = ? AND (held = '' OR ?) ORDER BY last_receipt");
  rows.bind(state).bind(std::int64_t{held_too});
  return all_of(std::move(rows));
}

base::Result<std::vector<Study>> Ledger::all_studies() {
  return all_of(database_.prepare(std::string(kStudy) + "ORDER BY id"));
}

base::Status Ledger::update(const Study& s, const std::string& expected_state) {
  auto row = database_.prepare(
      "UPDATE study SET state = ?, revision = ?, approved = ?, first_receipt = ?, last_receipt = "
      "?, deadline = ?,"
      " held = ?, settings = ? WHERE id = ? AND state = ?");
  TRY(row.bind(s.state)
          .bind(s.revision)
          .bind(s.approved)
          .bind(s.first_receipt)
          .bind(s.last_receipt)
          .bind(s.deadline)
          .bind(s.held)
          .bind(s.settings)
          .bind(s.id)
          .bind(expected_state)
          .run());
  return changed_one("a study");
}

}  // namespace ledger
