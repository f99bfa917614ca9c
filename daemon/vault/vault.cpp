#include "vault/vault.h"

#include <sys/stat.h>

#include <cerrno>

namespace vault {
namespace {

// `sum` finds what damage to the file the pages' own structure does not show.
const char* const kSchema = R"sql(
CREATE TABLE self(id TEXT NOT NULL) STRICT;
INSERT INTO self VALUES(lower(hex(randomblob(8))));
CREATE TABLE entry(number INTEGER PRIMARY KEY, made INTEGER NOT NULL, key_id BLOB NOT NULL,
  identity BLOB NOT NULL, pseudonym BLOB NOT NULL, study BLOB NOT NULL, sealed BLOB NOT NULL,
  sum BLOB NOT NULL, UNIQUE(identity, key_id)) STRICT;
CREATE INDEX entry_pseudonym ON entry(pseudonym);
CREATE INDEX entry_study ON entry(study);
CREATE TABLE package(bundle INTEGER PRIMARY KEY, id BLOB NOT NULL,
  entry INTEGER NOT NULL REFERENCES entry(number)) STRICT;
CREATE TABLE look(number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL,
  outcome TEXT NOT NULL, asked INTEGER NOT NULL, answered INTEGER NOT NULL) STRICT;
)sql";

// Its readers are a group of their own. Where it is not ours to change, it is as it was made.
void open_to_group(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) == 0 && (found.st_mode & 0777) != 0660) [[maybe_unused]]
    const int changed = chmod(path.c_str(), 0660);
}

bool is_whole(base::ByteView sealed, base::ByteView sum) {
  return base::equal_in_constant_time(seal::sha256(sealed), sum);
}

base::Result<std::vector<Row>> rows_of(database::Statement statement) {
  std::vector<Row> rows;
  while (TRY(statement.step())) rows.push_back({statement.integer(0), statement.blob(1)});
  return rows;
}

}  // namespace

std::string path_in(const std::string& storage_directory) {
  return storage_directory + "/vault/vault.db";
}

base::Result<Vault> Vault::open(const std::string& path, Begin begin) {
  struct stat found {};
  if (begin == Begin::No && stat(path.c_str(), &found) != 0)
    return errno == ENOENT
               ? base::ask_administrator("vault.open", path + ": there is no vault")
               : base::ask_administrator("vault.open", path + ": it cannot be looked at");
  auto database = TRY(database::Database::open(path, database::Journal::Persist));
  if (begin == Begin::Yes) open_to_group(path);
  TRY(database.migrate({kSchema}));
  if (stat(path.c_str(), &found) != 0)
    return base::retry_later("vault.open", path + ": it went away while it was opened");
  return Vault(std::move(database), found.st_dev, found.st_ino);
}

bool Vault::is_at(const std::string& path) const {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == file_;
}

// 0: there is none that is whole.
base::Result<std::int64_t> Vault::number_of(base::ByteView identity, const KeyId& key) {
  auto row =
      database_.prepare("SELECT number, sealed, sum FROM entry WHERE identity = ? AND key_id = ?");
  row.bind(identity).bind(base::ByteView(key));
  if (!TRY(row.step()) || !is_whole(row.blob(1), row.blob(2))) return std::int64_t{0};
  return row.integer(0);
}

base::Status Vault::write(const SensitiveEntry& entry, base::ByteView identity,
                          base::ByteView point) {
  const auto sealed = TRY(seal_entry(entry, point));
  const auto key = key_id(point);
  const auto sum = seal::sha256(sealed);
  const auto pseudonym = look_up(entry.reveal().pseudonym);
  const auto study = look_up(entry.reveal().new_study_instance_uid);
  auto row = database_.prepare(
      "INSERT INTO entry(made, key_id, identity, pseudonym, study, sealed, sum) "
      "VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(identity, key_id) DO UPDATE SET "
      "made = excluded.made, pseudonym = excluded.pseudonym, study = excluded.study, "
      "sealed = excluded.sealed, sum = excluded.sum");
  row.bind(entry.reveal().made_at).bind(base::ByteView(key)).bind(identity);
  row.bind(base::ByteView(pseudonym)).bind(base::ByteView(study));
  return row.bind(base::ByteView(sealed)).bind(base::ByteView(sum)).run();
}

base::Result<std::int64_t> Vault::add(const SensitiveEntry& entry, base::ByteView identity,
                                      base::ByteView point) {
  const auto key = key_id(point);
  const std::int64_t number = TRY(number_of(identity, key));
  if (number != 0) return number;
  const auto written = database_.transaction([&] { return write(entry, identity, point); });
  if (!written.ok()) return written.fault();
  return number_of(identity, key);
}

base::Status Vault::assign(std::int64_t bundle, base::ByteView package_id, std::int64_t entry) {
  auto row = database_.prepare("INSERT OR REPLACE INTO package(bundle, id, entry) VALUES(?, ?, ?)");
  return row.bind(bundle).bind(package_id).bind(entry).run();
}

base::Result<bool> Vault::has(std::int64_t bundle, base::ByteView package_id) {
  auto row = database_.prepare(
      "SELECT sealed, sum FROM package JOIN entry ON entry.number = package.entry "
      "WHERE bundle = ? AND package.id = ?");
  if (!TRY(row.bind(bundle).bind(package_id).step())) return false;
  return is_whole(row.blob(0), row.blob(1));
}

base::Result<std::vector<Row>> Vault::find(std::string_view released) {
  const auto digest = look_up(released);
  auto rows = database_.prepare(
      "SELECT number, sealed FROM entry WHERE pseudonym = ?1 OR study = ?1 ORDER BY number");
  rows.bind(base::ByteView(digest));
  return rows_of(std::move(rows));
}

base::Result<std::vector<Row>> Vault::all() {
  return rows_of(database_.prepare("SELECT number, sealed FROM entry ORDER BY number"));
}

base::Result<std::string> Vault::id() {
  auto row = database_.prepare("SELECT id FROM self");
  if (!TRY(row.step())) return base::ask_administrator("vault.id", "it has lost its id");
  return row.text(0);
}

base::Status Vault::note(const Look& look) {
  auto row = database_.prepare(
      "INSERT INTO look(at, who, outcome, asked, answered) VALUES(?, ?, ?, ?, ?)");
  row.bind(look.at).bind(std::string_view(look.who)).bind(std::string_view(look.outcome));
  return row.bind(look.asked).bind(look.answered).run();
}

base::Result<std::vector<Look>> Vault::looks_after(std::int64_t number, std::size_t limit) {
  auto row = database_.prepare(
      "SELECT number, at, who, outcome, asked, answered FROM look WHERE number > ? "
      "ORDER BY number LIMIT ?");
  row.bind(number).bind(static_cast<std::int64_t>(limit));
  std::vector<Look> looks;
  while (TRY(row.step()))
    looks.push_back(
        {row.integer(0), row.integer(1), row.text(2), row.text(3), row.integer(4), row.integer(5)});
  return looks;
}

}  // namespace vault
