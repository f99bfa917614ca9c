// The chain against somebody who can write to the database but has no key.
#include "audit/chain.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "seal/primitives.h"

namespace {

namespace fs = std::filesystem;

class Audit : public testing::Test {
 protected:
  Audit()
      : folder_(make_folder()),
        database_(database::Database::open(folder_ + "/audit.db").value()),
        chain_(database_, key()) {
    EXPECT_TRUE(database_.migrate({audit::kSchema}).ok());
  }
  ~Audit() override { fs::remove_all(folder_); }

  static std::string make_folder() {
    std::string name = (fs::temp_directory_path() / "audit.XXXXXX").string();
    return mkdtemp(name.data());
  }
  static base::SecretBytes key() { return base::SecretBytes(base::Bytes(32, 0x42)); }

  void append(int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(
          database_
              .transaction([&] {
                return chain_.append(1000 + i, {"study.routed", {{"study", std::to_string(i)}}});
              })
              .ok());
  }
  void tamper(const std::string& sql) { ASSERT_TRUE(database_.execute(sql).ok()) << sql; }
  std::int64_t broken_at() {
    const auto verdict = chain_.verify();
    EXPECT_TRUE(verdict.ok());
    return verdict.value().broken_at;
  }

  std::string folder_;
  database::Database database_;
  audit::Chain chain_;
};

TEST_F(Audit, IsWholeAfterManyRecordsAndWhenThereIsNone) {
  EXPECT_EQ(broken_at(), 0);
  append(50);
  const auto verdict = chain_.verify().value();
  EXPECT_EQ(verdict.records, 50);
  EXPECT_EQ(verdict.broken_at, 0);
}

TEST_F(Audit, FindsARecordThatWasEdited) {
  append(5);
  tamper("UPDATE audit SET record = replace(record, '\"2\"', '\"9\"') WHERE sequence = 3");
  EXPECT_EQ(broken_at(), 3);
}

TEST_F(Audit, FindsATimeThatWasEdited) {
  append(5);
  tamper("UPDATE audit SET at = at + 1 WHERE sequence = 2");
  EXPECT_EQ(broken_at(), 2);
}

TEST_F(Audit, FindsARecordThatWasCutOut) {
  append(5);
  tamper("DELETE FROM audit WHERE sequence = 3");
  EXPECT_EQ(broken_at(), 3);
}

TEST_F(Audit, FindsARecordThatWasCutOutAndTheRestMovedUp) {
  append(5);
  tamper("DELETE FROM audit WHERE sequence = 3");
  tamper("UPDATE audit SET sequence = sequence - 1 WHERE sequence > 3");
  tamper("UPDATE audit_head SET sequence = 4");
  EXPECT_EQ(broken_at(), 3);
}

TEST_F(Audit, FindsTwoRecordsThatChangedPlaces) {
  append(5);
  tamper("UPDATE audit SET sequence = 100 WHERE sequence = 2");
  tamper("UPDATE audit SET sequence = 2 WHERE sequence = 3");
  tamper("UPDATE audit SET sequence = 3 WHERE sequence = 100");
  EXPECT_EQ(broken_at(), 2);
}

TEST_F(Audit, FindsRecordsCutOffTheEnd) {
  append(5);
  tamper("DELETE FROM audit WHERE sequence > 3");
  EXPECT_EQ(broken_at(), 4);
}

// The digests of the records that stay are known to whoever cuts; the head needs the key.
TEST_F(Audit, FindsRecordsCutOffTheEndWithAHeadMadeToFit) {
  append(5);
  tamper("DELETE FROM audit WHERE sequence > 3");
  tamper("UPDATE audit_head SET sequence = 3, mac = (SELECT mac FROM audit WHERE sequence = 3)");
  EXPECT_EQ(broken_at(), 4);
}

TEST_F(Audit, FindsAHeadThatIsGone) {
  append(2);
  tamper("DELETE FROM audit_head");
  EXPECT_EQ(broken_at(), 3);
}

TEST_F(Audit, FindsARecordThatSomebodyWithoutTheKeyAppended) {
  append(2);
  audit::Chain forger(database_, base::SecretBytes(base::Bytes(32, 0x43)));
  ASSERT_TRUE(forger.append(2000, {"study.routed", {}}).ok());
  EXPECT_EQ(broken_at(), 3);
}

TEST_F(Audit, BelongsToTheCommitOfItsCaller) {
  const auto failed = database_.transaction([&]() -> base::Status {
    const auto appended = chain_.append(1, {"study.routed", {}});
    if (!appended.ok()) return appended;
    return base::reject("test", "the step failed");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(chain_.verify().value().records, 0);
  append(3);
  EXPECT_EQ(broken_at(), 0);
}

TEST_F(Audit, IsReadAsLinesOfJsonFromAnyRecord) {
  append(4);
  std::vector<nlohmann::json> lines;
  ASSERT_TRUE(chain_
                  .each(3,
                        [&](const std::string& line) {
                          lines.push_back(nlohmann::json::parse(line));
                          return true;
                        })
                  .ok());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(
      lines[0],
      (nlohmann::json{{"sequence", 3}, {"at", 1002}, {"event", "study.routed"}, {"study", "2"}}));
}

TEST_F(Audit, StopsWhenItsReaderHasEnough) {
  append(4);
  int taken = 0;
  ASSERT_TRUE(chain_.each(1, [&](const std::string&) { return ++taken < 2; }).ok());
  EXPECT_EQ(taken, 2);
}

TEST_F(Audit, TakesTextThatIsNoUTF8WithoutBreaking) {
  ASSERT_TRUE(chain_.append(1, {"study.held", {{"reason", "\xFF\xFE broken"}}}).ok());
  EXPECT_EQ(broken_at(), 0);
}

}  // namespace
