// SQLite behind a small wrapper: prepared statements with typed binding, transactions that roll
// back unless committed, migrations. WAL with synchronous FULL unless the caller asks otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace database {

enum class Journal : std::uint8_t { Wal, Persist };

class Database;

// One prepared statement in use. Parameters are bound in order by bind(); columns are read in
// order.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  ~Statement();
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(base::ByteView blob);
  Statement& bind_null();
  template <typename... Values>
  Statement& bind_all(const Values&... values) {
    (bind(values), ...);
    return *this;
  }
  // True: a row stands ready to be read; false: done.
  base::Result<bool> step();
  base::Status run();  // step() to the end, rows ignored
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  base::Bytes blob(int column) const;
  bool null(int column) const;

 private:
  friend class Database;
  Statement(void* statement, Database* owner) : statement_(statement), owner_(owner) {}
  void* statement_;
  Database* owner_;
  int next_ = 1;
  int bind_error_ = 0;
};

class Database {
 public:
  // AskAdministrator when it cannot be opened for good, or pages of it are damaged.
  static base::Result<Database> open(const std::string& path, Journal journal = Journal::Wal);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Prepared once and kept; the text is the key. A wrong text is a PANIC.
  Statement prepare(std::string_view sql);
  base::Status execute(const std::string& sql);  // one or more statements without parameters
  std::int64_t changes() const;                  // rows of the last INSERT, UPDATE or DELETE
  std::int64_t last_row() const;

  // Runs `steps` in one IMMEDIATE transaction: committed when it returns Done, rolled back
  // otherwise.
  base::Status transaction(const std::function<base::Status()>& steps);

  // Overwrites what a Persist journal keeps of pages as they were: after it, erased values stand in
  // no file. Outside a transaction, by the only process that has the file open.
  base::Status wipe_journal();

  // Brings the schema from user_version to the number of steps given, each in one transaction,
  // after a copy of the file to PATH.before-N; refuses a newer one.
  base::Status migrate(const std::vector<std::string>& steps);

 private:
  base::Status check();
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace database
