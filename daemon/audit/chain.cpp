#include "audit/chain.h"

#include <nlohmann/json.hpp>

#include "seal/primitives.h"

namespace audit {
namespace {

// mac(n) = HMAC-SHA256(key, mac(n-1) || n as u64 || at as u64 || record)
seal::Digest link(const base::SecretBytes& key, base::ByteView before, std::int64_t sequence,
                  std::int64_t at, std::string_view record) {
  base::Bytes message(before.begin(), before.end());
  base::append_u64_be(message, static_cast<std::uint64_t>(sequence));
  base::append_u64_be(message, static_cast<std::uint64_t>(at));
  base::append(message, base::as_bytes(record));
  return seal::hmac_sha256(key.view(), message);
}

// The head is authenticated under a key of its own: the digest of a record that stayed must not
// make a head for whoever cuts off those behind it.
seal::Digest head_of(const base::SecretBytes& key, std::int64_t sequence, base::ByteView last) {
  base::Bytes message = base::to_bytes(last);
  base::append_u64_be(message, static_cast<std::uint64_t>(sequence));
  const auto head_key = seal::hmac_sha256(key.view(), base::as_bytes("audit head"));
  return seal::hmac_sha256(head_key, message);
}

base::Result<std::int64_t> last_sequence(database::Database& database) {
  auto head = database.prepare("SELECT sequence FROM audit_head");
  return TRY(head.step()) ? head.integer(0) : std::int64_t{0};
}

base::Result<base::Bytes> mac_of(database::Database& database, std::int64_t sequence) {
  auto row = database.prepare("SELECT mac FROM audit WHERE sequence = ?");
  return TRY(row.bind(sequence).step()) ? row.blob(0) : base::Bytes();
}

}  // namespace

// The head stands in a row of its own, so that records cut off the end are missed.
const char* const kSchema = R"sql(
CREATE TABLE audit(sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL, mac BLOB NOT NULL) STRICT;
CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK(one = 1), sequence INTEGER NOT NULL, mac BLOB NOT NULL) STRICT;
INSERT INTO audit_head VALUES(1, 0, x'');
)sql";

base::Status Chain::append(base::UnixSeconds at, const Record& record) {
  const auto last = TRY(last_sequence(database_));
  const auto before = TRY(mac_of(database_, last));
  const std::int64_t sequence = last + 1;
  nlohmann::json json = {{"event", record.event}};
  for (const auto& [name, value] : record.fields) json[name] = value;
  const std::string text = json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  const auto mac = link(key_, before, sequence, at, text);
  auto insert = database_.prepare("INSERT INTO audit VALUES(?, ?, ?, ?)");
  TRY(insert.bind(sequence).bind(at).bind(text).bind(base::ByteView(mac)).run());
  auto move_head = database_.prepare("UPDATE audit_head SET sequence = ?, mac = ?");
  const auto head = head_of(key_, sequence, mac);
  return move_head.bind(sequence).bind(base::ByteView(head)).run();
}

base::Result<std::int64_t> Chain::length() { return last_sequence(database_); }

base::Result<Chain::Verdict> Chain::verify() {
  Verdict verdict;
  base::Bytes before;
  {
    auto rows = database_.prepare("SELECT sequence, at, record, mac FROM audit ORDER BY sequence");
    while (TRY(rows.step())) {
      ++verdict.records;
      const auto mac = link(key_, before, rows.integer(0), rows.integer(1), rows.text(2));
      if (rows.integer(0) != verdict.records || !base::equal_in_constant_time(mac, rows.blob(3))) {
        verdict.broken_at = verdict.records;
        return verdict;
      }
      before.assign(mac.begin(), mac.end());
    }
  }
  auto head = database_.prepare("SELECT sequence, mac FROM audit_head");
  const bool there = TRY(head.step());
  const auto expected = head_of(key_, verdict.records, before);
  const bool fits = there && head.integer(0) == verdict.records &&
                    (verdict.records == 0 || base::equal_in_constant_time(expected, head.blob(1)));
  if (!fits) verdict.broken_at = verdict.records + 1;
  return verdict;
}

base::Status Chain::each(std::int64_t from,
                         const std::function<bool(const std::string& line)>& take) {
  auto rows = database_.prepare(
      "SELECT sequence, at, record FROM audit WHERE sequence >= ? ORDER BY sequence");
  rows.bind(from);
  while (TRY(rows.step())) {
    auto json = nlohmann::json::parse(rows.text(2), nullptr, false);
    if (json.is_discarded()) json = nlohmann::json::object();
    json["sequence"] = rows.integer(0);
    json["at"] = rows.integer(1);
    if (!take(json.dump())) break;
  }
  return base::Done{};
}

}  // namespace audit
