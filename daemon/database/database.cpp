#include "database/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/handle.h"
#include "base/panic.h"

namespace database {
namespace {

sqlite3_stmt* raw(void* statement) { return static_cast<sqlite3_stmt*>(statement); }

// The border: SQLite's codes as Faults. Their texts never quote values.
base::Fault fault_of(int code, const char* where) {
  const std::string what = sqlite3_errstr(code);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return base::retry_later(where, what);
    case SQLITE_CONSTRAINT:
      return base::reject(where, what);
    default:
      return base::ask_administrator(where, what);
  }
}

// A file that cannot be opened: by a disk that fails, or for good.
base::Fault not_opened(const std::string& path, int code, int error) {
  const std::string what = path + ": " + sqlite3_errstr(code);
  const bool passes = error == EIO || error == ENOSPC || error == EMFILE || error == ENFILE;
  return passes ? base::retry_later("database.open", what)
                : base::ask_administrator("database.open", what);
}

}  // namespace

struct Database::State {
  base::Handle<sqlite3, sqlite3_close_v2> connection;
  std::string path;
  std::map<std::string, base::Handle<sqlite3_stmt, sqlite3_finalize>, std::less<>> statements;
  ~State() { statements.clear(); }
};

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      owner_(other.owner_),
      next_(other.next_),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(raw(statement_));
  sqlite3_clear_bindings(raw(statement_));
}

Statement& Statement::bind(std::int64_t value) {
  bind_error_ |= sqlite3_bind_int64(raw(statement_), next_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  bind_error_ |=
      sqlite3_bind_text64(raw(statement_), next_++, text.data() == nullptr ? "" : text.data(),
                          text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(base::ByteView blob) {
  bind_error_ |= blob.empty() ? sqlite3_bind_zeroblob(raw(statement_), next_++, 0)
                              : sqlite3_bind_blob64(raw(statement_), next_++, blob.data(),
                                                    blob.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null() {
  bind_error_ |= sqlite3_bind_null(raw(statement_), next_++);
  return *this;
}

base::Result<bool> Statement::step() {
  if (bind_error_ != 0) PANIC("a parameter that the statement does not have");
  const int code = sqlite3_step(raw(statement_));
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(raw(statement_));
  if (code == SQLITE_DONE) return false;
  return fault_of(code, "database.step");
}

base::Status Statement::run() {
  while (TRY(step())) {
  }
  return base::Done{};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(raw(statement_), column);
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(raw(statement_), column));
  return bytes == nullptr
             ? std::string()
             : std::string(bytes,
                           static_cast<std::size_t>(sqlite3_column_bytes(raw(statement_), column)));
}

base::Bytes Statement::blob(int column) const {
  const auto* bytes =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(raw(statement_), column));
  return bytes == nullptr
             ? base::Bytes()
             : base::Bytes(bytes, bytes + sqlite3_column_bytes(raw(statement_), column));
}

bool Statement::null(int column) const {
  return sqlite3_column_type(raw(statement_), column) == SQLITE_NULL;
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

base::Result<Database> Database::open(const std::string& path, Journal journal) {
  auto state = std::make_unique<State>();
  state->path = path;
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  state->connection.reset(connection);
  if (code != SQLITE_OK) return not_opened(path, code, sqlite3_system_errno(connection));
  // SQLite makes do with that, when opening to write has failed.
  if (sqlite3_db_readonly(connection, "main") == 1)
    return base::retry_later("database.open", path + ": it can be read but not written");
  sqlite3_busy_timeout(connection, 5000);
  Database database(std::move(state));
  const std::string mode = journal == Journal::Wal ? "WAL" : "PERSIST";
  TRY(database.execute("PRAGMA journal_mode=" + mode +
                       "; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
                       " PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"));
  TRY(database.check());
  return database;
}

Statement Database::prepare(std::string_view sql) {
  auto found = state_->statements.find(sql);
  if (found == state_->statements.end()) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(state_->connection.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
      std::fprintf(stderr, "<2>statement: %.*s: %s\n", static_cast<int>(sql.size()), sql.data(),
                   sqlite3_errmsg(state_->connection.get()));
      PANIC("a statement that SQLite does not understand");
    }
    found = state_->statements.emplace(std::string(sql), statement).first;
  }
  if (sqlite3_stmt_busy(found->second.get()) != 0)
    PANIC("a statement is used again while its rows are read");
  return {found->second.get(), this};
}

base::Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(state_->connection.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fault_of(code, "database.execute");
  return base::Done{};
}

std::int64_t Database::changes() const { return sqlite3_changes64(state_->connection.get()); }
std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(state_->connection.get());
}

// Not by prepare(): a schema that cannot be read would look like a wrong statement.
base::Status Database::check() {
  bool whole = false;
  const auto look = [](void* found, int, char** columns, char**) {
    *static_cast<bool*>(found) = columns[0] != nullptr && std::string_view(columns[0]) == "ok";
    return 0;
  };
  const int code =
      sqlite3_exec(state_->connection.get(), "PRAGMA quick_check(1)", look, &whole, nullptr);
  if (code != SQLITE_OK) return fault_of(code, "database.check");
  return whole ? base::Status(base::Done{})
               : base::ask_administrator("database.check", "pages of it are damaged");
}

base::Status Database::transaction(const std::function<base::Status()>& steps) {
  TRY(execute("BEGIN IMMEDIATE"));
  auto outcome = steps();
  if (outcome.ok()) outcome = execute("COMMIT");
  if (!outcome.ok()) {
    if (sqlite3_get_autocommit(state_->connection.get()) == 0) {
      const auto undone = execute("ROLLBACK");
      if (!undone.ok()) PANIC("a transaction could be neither committed nor rolled back");
    }
  }
  return outcome;
}

base::Status Database::wipe_journal() {
  const std::string path = state_->path + "-journal";
  struct stat status {};
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0 && errno == ENOENT) return base::Done{};
  bool done = file >= 0 && fstat(file, &status) == 0;
  const base::Bytes zeros(done ? static_cast<std::size_t>(status.st_size) : 0);
  // Zeros are no journal: a crash in the middle leaves nothing to be played back.
  done = done && ::pwrite(file, zeros.data(), zeros.size(), 0) == status.st_size &&
         fdatasync(file) == 0;
  if (file >= 0) ::close(file);
  if (!done) return base::retry_later("database.wipe_journal", "the journal cannot be overwritten");
  return base::Done{};
}

base::Status Database::migrate(const std::vector<std::string>& steps) {
  std::int64_t version = 0;
  {
    auto query = prepare("PRAGMA user_version");
    if (TRY(query.step())) version = query.integer(0);
  }
  const auto target = static_cast<std::int64_t>(steps.size());
  if (version > target)
    return base::ask_administrator("database.migrate",
                                   state_->path + " was written by a newer version of dcmcourier");
  if (version > 0 && version < target) {
    const std::string before = state_->path + ".before-" + std::to_string(target);
    ::unlink(before.c_str());  // of an attempt that failed: nothing has changed since
    auto copy = prepare("VACUUM INTO ?1");
    TRY(copy.bind(before).run());
  }
  for (; version < target; ++version) {
    const auto done = transaction([&]() -> base::Status {
      TRY(execute(steps[static_cast<std::size_t>(version)]));
      return execute("PRAGMA user_version=" + std::to_string(version + 1));
    });
    if (!done.ok()) return done;
  }
  return base::Done{};
}

}  // namespace database
