#include "ledger/keys.h"

#include "seal/schedule.h"
#include "seal/stream.h"

namespace ledger {
namespace {

const char* const kSchema = R"sql(
CREATE TABLE wrapped(name TEXT PRIMARY KEY, made INTEGER NOT NULL DEFAULT 0, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
)sql";

base::SecretBytes derived(const base::SecretBytes& key, std::string_view purpose) {
  return seal::hkdf(key.view(), {}, seal::label(purpose), 32);
}

base::Bytes row_ad(std::string_view table, std::string_view row, std::string_view column) {
  base::Bytes ad = seal::label("row");
  for (auto part : {table, row, column}) {
    base::append_u32_be(ad, static_cast<std::uint32_t>(part.size()));
    base::append(ad, base::as_bytes(part));
  }
  return ad;
}

base::Result<std::optional<base::Bytes>> read_wrapped(database::Database& database,
                                                      const std::string& name) {
  auto row = database.prepare("SELECT value FROM wrapped WHERE name = ?");
  if (!TRY(row.bind(name).step())) return std::optional<base::Bytes>();
  return std::optional<base::Bytes>(row.blob(0));
}

base::Status write_wrapped(database::Database& database, const std::string& name,
                           base::ByteView sealed) {
  auto insert = database.prepare(
      "INSERT OR REPLACE INTO wrapped(name, made, value) VALUES(?, unixepoch(), ?)");
  return insert.bind(name).bind(sealed).run();
}

base::Status erase_wrapped(database::Database& database, const std::string& name) {
  auto overwrite =
      database.prepare("UPDATE wrapped SET value = zeroblob(length(value)) WHERE name = ?");
  TRY(overwrite.bind(name).run());
  auto remove = database.prepare("DELETE FROM wrapped WHERE name = ?");
  return remove.bind(name).run();
}

base::Result<base::SecretBytes> first_ledger_key(database::Database& database,
                                                 const base::SecretBytes& wrap) {
  auto count = database.prepare("SELECT count(*) FROM wrapped");
  if (TRY(count.step()) && count.integer(0) != 0)
    return base::ask_administrator("ledger.keys",
                                   "keys.db holds keys but not the ledger's own; restore it");
  auto key = seal::random_secret(32);
  const auto sealed = TRY(seal::seal_bytes(wrap, row_ad("wrapped", "ledger", "value"), key.view()));
  auto insert = database.prepare("INSERT INTO wrapped(name, value) VALUES('ledger', ?)");
  TRY(insert.bind(base::ByteView(sealed)).run());
  return key;
}

}  // namespace

Keys::Keys(std::string path, database::Database database, base::SecretBytes ledger_key)
    : path_(std::move(path)),
      database_(std::move(database)),
      ledger_key_(std::move(ledger_key)),
      row_key_(derived(ledger_key_, "row")) {}

base::Result<Keys> Keys::open(const std::string& path, const base::SecretBytes& kek,
                              bool may_begin) {
  if (kek.size() != 32)
    return base::ask_administrator("ledger.keys", "the KEK must be 32 bytes (64 hex digits)");
  auto database = TRY(database::Database::open(path, database::Journal::Persist));
  TRY(database.migrate({kSchema}));
  TRY(database.wipe_journal());  // of an erasure that a crash cut off
  const auto wrap = derived(kek, "kek");
  const auto wrapped = TRY(read_wrapped(database, "ledger"));
  if (!wrapped && !may_begin)
    return base::ask_administrator("ledger.keys", "keys.db has lost the ledger's key");
  if (!wrapped) {
    auto key = TRY(first_ledger_key(database, wrap));
    return Keys(path, std::move(database), std::move(key));
  }
  auto opened = seal::open_bytes(wrap, row_ad("wrapped", "ledger", "value"), *wrapped);
  if (!opened.ok()) return base::ask_administrator("ledger.keys", "this KEK does not open keys.db");
  return Keys(path, std::move(database), base::SecretBytes(std::move(opened).value()));
}

// SQLite rolls back by a journal that a failed sync may have dropped, and then goes on with pages
// in memory that the disk never saw: a key that is gone at the next start. So they are read anew.
base::Status Keys::changed(base::Status done) {
  if (done.ok()) return database_.wipe_journal();  // of the value that was there before
  uncertain_ = true;
  return done;
}

base::Status Keys::be_certain() {
  if (!uncertain_) return base::Done{};
  database_ = TRY(database::Database::open(path_, database::Journal::Persist));
  TRY(database_.wipe_journal());
  uncertain_ = false;
  return base::Done{};
}

base::Status Keys::put(const std::string& name, const base::SecretBytes& value) {
  TRY(be_certain());
  const auto sealed = TRY(seal_row("wrapped", name, "value", value.view()));
  return changed(write_wrapped(database_, name, sealed));
}

base::Result<std::optional<base::SecretBytes>> Keys::get(const std::string& name) {
  TRY(be_certain());
  const auto wrapped = TRY(read_wrapped(database_, name));
  if (!wrapped) return std::optional<base::SecretBytes>();
  return std::optional<base::SecretBytes>(
      base::SecretBytes(TRY(open_row("wrapped", name, "value", *wrapped))));
}

base::Result<base::SecretBytes> Keys::need(const std::string& name) {
  auto value = TRY(get(name));
  if (!value)
    return base::ask_administrator("ledger.keys",
                                   "a key is gone: " + name.substr(0, name.find(':')));
  return std::move(*value);
}

base::Status Keys::erase(const std::string& name) {
  TRY(be_certain());
  return changed(erase_wrapped(database_, name));
}

base::Result<seal::KeyPair> Keys::current_spool_key(base::UnixSeconds now, base::UnixSeconds age) {
  TRY(be_certain());
  std::string name;
  {
    auto newest = database_.prepare(
        "SELECT name FROM wrapped WHERE name LIKE 'spool:%' AND made > ? ORDER BY made DESC LIMIT "
        "1");
    if (TRY(newest.bind(now - age).step())) name = newest.text(0);
  }
  if (!name.empty()) return seal::p256_from_scalar(TRY(need(name)));
  auto pair = seal::generate_p256();
  const auto id = seal::sha256(pair.point);
  TRY(put("spool:" + base::to_hex(base::ByteView(id).first(8)), pair.scalar));
  return pair;
}

base::Result<base::UnixSeconds> Keys::newest_spool_key() {
  TRY(be_certain());
  auto newest =
      database_.prepare("SELECT coalesce(max(made), 0) FROM wrapped WHERE name LIKE 'spool:%'");
  if (!TRY(newest.step())) return base::UnixSeconds{0};
  return newest.integer(0);
}

base::Result<seal::KeyPair> Keys::spool_key(base::ByteView key_id) {
  return seal::p256_from_scalar(TRY(need("spool:" + base::to_hex(key_id))));
}

base::Bytes Keys::digest(std::string_view kind, std::string_view value) const {
  base::Bytes message = base::to_bytes(base::as_bytes(kind));
  message.push_back(0);
  base::append(message, base::as_bytes(value));
  const auto mac = seal::hmac_sha256(derived(ledger_key_, "look-up").view(), message);
  return base::Bytes(mac.begin(), mac.end());
}

base::SecretBytes Keys::audit_key() const { return derived(ledger_key_, "audit"); }

base::Result<base::Bytes> Keys::seal_row(std::string_view table, std::string_view row,
                                         std::string_view column, base::ByteView value) const {
  return seal::seal_bytes(row_key_, row_ad(table, row, column), value);
}

base::Result<base::Bytes> Keys::open_row(std::string_view table, std::string_view row,
                                         std::string_view column, base::ByteView sealed) const {
  return seal::open_bytes(row_key_, row_ad(table, row, column), sealed);
}

}  // namespace ledger
