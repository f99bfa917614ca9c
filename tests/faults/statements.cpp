// Which act a commit belongs to: SQLite's own calls tell the event of the audit record that is
// written, or else the table. Only names are taken, never values.
#include <dlfcn.h>
#include <sqlite3.h>

#include <cstring>
#include <string>

#include "points.h"

namespace faults {
namespace {

std::string& last_text() {
  thread_local std::string text;
  return text;
}

// "share:3f2a...:1:secret" -> "share-secret": what kind of key, not which.
std::string kind_of_key(const std::string& name) {
  const auto first = name.find(':'), last = name.rfind(':');
  if (first == std::string::npos) return name;
  if (first == last) return name.substr(0, first);
  return name.substr(0, first) + "-" + name.substr(last + 1);
}

std::string event_in(const std::string& record) {
  constexpr std::string_view kEvent = "\"event\":\"";
  const auto from = record.find(kEvent);
  if (from == std::string::npos) return "";
  const auto begin = from + kEvent.size();
  return record.substr(begin, record.find('"', begin) - begin);
}

std::string table_of(std::string_view sql) {
  for (const std::string_view verb : {"INSERT OR REPLACE INTO ", "INSERT OR IGNORE INTO ",
                                      "INSERT INTO ", "UPDATE ", "DELETE FROM "})
    if (sql.starts_with(verb)) {
      const auto rest = sql.substr(verb.size());
      return std::string(rest.substr(0, rest.find_first_of(" (")));
    }
  return "";
}

void note(const char* text) {
  const std::string_view sql = text == nullptr ? "" : text;
  const auto table = table_of(sql);
  if (table.empty() || table == "audit_head") return;
  if (table == "audit") {
    act() = event_in(last_text());
  } else if (table == "wrapped") {
    act() = (sql.starts_with("INSERT")   ? "put-"
             : sql.starts_with("UPDATE") ? "wipe-"
                                         : "erase-") +
            kind_of_key(last_text());
  } else if (act().empty()) {
    act() = "-" + table;
  }
}

}  // namespace
}  // namespace faults

using namespace faults;

extern "C" {

int sqlite3_bind_text64(sqlite3_stmt* statement, int index, const char* text, sqlite3_uint64 size,
                        void (*release)(void*), unsigned char encoding) {
  static const auto next =
      reinterpret_cast<decltype(&sqlite3_bind_text64)>(dlsym(RTLD_NEXT, "sqlite3_bind_text64"));
  if (shared() != nullptr && text != nullptr) last_text().assign(text, size);
  return next(statement, index, text, size, release, encoding);
}

int sqlite3_step(sqlite3_stmt* statement) {
  static const auto next =
      reinterpret_cast<decltype(&sqlite3_step)>(dlsym(RTLD_NEXT, "sqlite3_step"));
  static const auto sql = reinterpret_cast<decltype(&sqlite3_sql)>(dlsym(RTLD_NEXT, "sqlite3_sql"));
  static const auto handle =
      reinterpret_cast<decltype(&sqlite3_db_handle)>(dlsym(RTLD_NEXT, "sqlite3_db_handle"));
  static const auto alone = reinterpret_cast<decltype(&sqlite3_get_autocommit)>(
      dlsym(RTLD_NEXT, "sqlite3_get_autocommit"));
  if (shared() == nullptr) return next(statement);
  note(sql(statement));
  const int code = next(statement);
  if (code != SQLITE_ROW && alone(handle(statement)) != 0) act().clear();
  return code;
}

int sqlite3_exec(sqlite3* database, const char* sql, int (*each)(void*, int, char**, char**),
                 void* with, char** error) {
  static const auto next =
      reinterpret_cast<decltype(&sqlite3_exec)>(dlsym(RTLD_NEXT, "sqlite3_exec"));
  const bool ends = std::strncmp(sql, "COMMIT", 6) == 0 || std::strncmp(sql, "ROLLBACK", 8) == 0;
  if (std::strncmp(sql, "BEGIN", 5) == 0) act().clear();
  const int code = next(database, sql, each, with, error);
  if (ends) act().clear();
  return code;
}

}  // extern "C"
