// SQLite behind the wrapper; a second reader of the file is Python's sqlite3.
#include "database/database.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;
using database::Database;

class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::string name = (fs::temp_directory_path() / "database.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/test.db";
  }
  ~OnDisk() override { fs::remove_all(folder_); }

  Database open(database::Journal journal = database::Journal::Wal) const {
    auto opened = Database::open(path_, journal);
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }
  static std::int64_t number(Database& db, const std::string& sql) {
    auto row = db.prepare(sql);
    EXPECT_TRUE(row.step().value());
    return row.integer(0);
  }
  std::string python(const std::string& sql) const {
    const std::string command = "/usr/bin/python3 -c 'import sqlite3,sys;print(sqlite3.connect(\"" +
                                path_ + "\").execute(\"" + sql + "\").fetchone()[0],end=\"\")'";
    std::FILE* pipe = popen(command.c_str(), "r");
    char text[200] = {};
    const auto size = std::fread(text, 1, sizeof text - 1, pipe);
    pclose(pipe);
    return {text, size};
  }

  std::string folder_, path_;
};

TEST_F(OnDisk, WritesDurablyAndErasesWhatItDeletes) {
  auto db = open();
  EXPECT_EQ(number(db, "PRAGMA synchronous"), 2);
  EXPECT_EQ(number(db, "PRAGMA secure_delete"), 1);
  EXPECT_EQ(number(db, "PRAGMA foreign_keys"), 1);
  auto mode = db.prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode.step().value());
  EXPECT_EQ(mode.text(0), "wal");
}

TEST_F(OnDisk, BindsAndReadsEveryKindOfValue) {
  auto db = open();
  ASSERT_TRUE(db.execute("CREATE TABLE t(i INTEGER, s TEXT, b BLOB, e BLOB, n TEXT) STRICT").ok());
  const base::Bytes blob{0, 1, 0xFF};
  {
    auto insert = db.prepare("INSERT INTO t VALUES(?, ?, ?, ?, ?)");
    insert.bind(std::int64_t{-5}).bind(std::string_view("a\0b", 3)).bind(base::ByteView(blob));
    insert.bind(base::ByteView()).bind_null();
    ASSERT_TRUE(insert.run().ok());
  }
  EXPECT_EQ(db.changes(), 1);
  auto row = db.prepare("SELECT * FROM t");
  ASSERT_TRUE(row.step().value());
  EXPECT_EQ(row.integer(0), -5);
  EXPECT_EQ(row.text(1), std::string("a\0b", 3));
  EXPECT_EQ(row.blob(2), blob);
  EXPECT_FALSE(row.null(3));
  EXPECT_TRUE(row.blob(3).empty());
  EXPECT_TRUE(row.null(4));
  EXPECT_FALSE(row.step().value());
}

TEST_F(OnDisk, KeepsNothingOfATransactionThatFails) {
  auto db = open();
  ASSERT_TRUE(db.execute("CREATE TABLE t(i INTEGER PRIMARY KEY) STRICT").ok());
  const auto failed = db.transaction([&]() -> base::Status {
    const auto inserted = db.execute("INSERT INTO t VALUES(1)");
    if (!inserted.ok()) return inserted;
    return base::reject("test", "second thoughts");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(number(db, "SELECT count(*) FROM t"), 0);
  EXPECT_TRUE(db.transaction([&] { return db.execute("INSERT INTO t VALUES(1)"); }).ok());
  EXPECT_EQ(python("SELECT count(*) FROM t"), "1");
}

TEST_F(OnDisk, CallsABrokenConstraintARejection) {
  auto db = open();
  ASSERT_TRUE(db.execute("CREATE TABLE t(i INTEGER PRIMARY KEY); INSERT INTO t VALUES(1)").ok());
  const auto twice = db.execute("INSERT INTO t VALUES(1)");
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.fault().remedy, base::Remedy::Reject);
  EXPECT_EQ(twice.fault().what.find('1'), std::string::npos);
}

TEST_F(OnDisk, CallsAFileThatIsNoDatabaseACaseForTheAdministrator) {
  std::ofstream(path_) << std::string(8192, 'x');
  const auto opened = Database::open(path_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.fault().remedy, base::Remedy::AskAdministrator);
  EXPECT_FALSE(Database::open(folder_ + "/no/such/folder.db").ok());
}

TEST_F(OnDisk, AStatementThatWentBeforeItsEndCanBeUsedAgain) {
  auto db = open();
  for (int i = 0; i < 3; ++i) {
    auto row = db.prepare("SELECT ? UNION ALL SELECT 2");
    row.bind(std::int64_t{i});
    ASSERT_TRUE(row.step().value());
    EXPECT_EQ(row.integer(0), i);
  }
}

using DatabaseDeathTest = OnDisk;

TEST_F(DatabaseDeathTest, AWrongStatementIsABug) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  auto db = open();
  EXPECT_DEATH(db.prepare("SELEKT 1"), "does not understand");
  EXPECT_DEATH((void)db.prepare("SELECT 1").bind(std::int64_t{1}).step(), "does not have");
}

TEST_F(DatabaseDeathTest, AStatementInUseCannotBeTakenTwice) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  auto db = open();
  auto row = db.prepare("SELECT 1 UNION ALL SELECT 2");
  ASSERT_TRUE(row.step().value());
  EXPECT_DEATH(db.prepare("SELECT 1 UNION ALL SELECT 2"), "used again");
}

const std::string kFirst = "CREATE TABLE one(i INTEGER); INSERT INTO one VALUES(7)";
const std::string kSecond = "CREATE TABLE two(i INTEGER)";

TEST_F(OnDisk, MigratesAStepAtATimeAndKeepsACopyOfWhatWas) {
  {
    auto db = open();
    ASSERT_TRUE(db.migrate({kFirst}).ok());
  }
  EXPECT_FALSE(fs::exists(path_ + ".before-1"));
  auto db = open();
  ASSERT_TRUE(db.migrate({kFirst, kSecond}).ok());
  EXPECT_EQ(python("PRAGMA user_version"), "2");
  EXPECT_EQ(number(db, "SELECT i FROM one"), 7);
  auto before = Database::open(path_ + ".before-2").value();
  EXPECT_EQ(number(before, "PRAGMA user_version"), 1);
  EXPECT_EQ(number(before, "SELECT i FROM one"), 7);
  EXPECT_EQ(number(before, "SELECT count(*) FROM sqlite_schema WHERE name = 'two'"), 0);
}

TEST_F(OnDisk, MigratingAgainChangesNothing) {
  auto db = open();
  ASSERT_TRUE(db.migrate({kFirst}).ok());
  ASSERT_TRUE(db.migrate({kFirst}).ok());
  EXPECT_EQ(number(db, "SELECT count(*) FROM one"), 1);
}

TEST_F(OnDisk, RefusesWhatANewerVersionWrote) {
  auto db = open();
  ASSERT_TRUE(db.migrate({kFirst, kSecond}).ok());
  const auto older = db.migrate({kFirst});
  ASSERT_FALSE(older.ok());
  EXPECT_EQ(older.fault().remedy, base::Remedy::AskAdministrator);
  EXPECT_NE(older.fault().what.find("newer"), std::string::npos);
  EXPECT_EQ(number(db, "PRAGMA user_version"), 2);
}

TEST_F(OnDisk, AStepThatFailsLeavesTheVersionThatWas) {
  auto db = open();
  ASSERT_TRUE(db.migrate({kFirst}).ok());
  EXPECT_FALSE(db.migrate({kFirst, "CREATE TABLE two(i INTEGER); SYNTAX ERROR"}).ok());
  EXPECT_EQ(number(db, "PRAGMA user_version"), 1);
  EXPECT_EQ(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'two'"), 0);
}

// A first attempt that failed has left its copy; the next one must not stumble over it.
TEST_F(OnDisk, MigratesAfterAnAttemptThatFailed) {
  auto db = open();
  ASSERT_TRUE(db.migrate({kFirst}).ok());
  EXPECT_FALSE(db.migrate({kFirst, "SYNTAX ERROR"}).ok());
  EXPECT_TRUE(db.migrate({kFirst, kSecond}).ok());
  EXPECT_EQ(number(db, "PRAGMA user_version"), 2);
}

}  // namespace
