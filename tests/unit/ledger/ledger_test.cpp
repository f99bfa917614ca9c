// The ledger on real SQLite: compare-and-swap, look-ups, and that patient data is not in the file.
#include "ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;

class FixedClock : public base::Clock {
 public:
  base::UnixSeconds now() const override { return 1'700'000'000; }
};

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    std::string name = (fs::temp_directory_path() / "ledger.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    open();
  }
  ~LedgerTest() override { fs::remove_all(folder_); }

  void open() {
    ledger_.reset();
    auto opened = ledger::Ledger::open(folder_, base::SecretBytes(base::Bytes(32, 1)), clock_);
    ASSERT_TRUE(opened.ok()) << opened.fault().what;
    ledger_ = std::move(opened).value();
  }
  std::string bytes_of(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  ledger::Instance receive(const std::string& association, std::int64_t at = 100) {
    auto row = ledger_->association(association)
                   .value()
                   .value_or(ledger::Association{association, "10.1.2.3", "[::]:104", 1, 1, false});
    EXPECT_TRUE(ledger_->put(row).ok());
    EXPECT_TRUE(ledger_->add_received(row, at, 1234).ok());
    return ledger_->instances_in("received", 1000).value().back();
  }
  ledger::Study study(char key = 'k') {
    return ledger_->study_under(base::Bytes(32, static_cast<std::uint8_t>(key)), 50).value();
  }
  ledger::Bundle bundle(std::int64_t of, char preparation = 'p', const std::string& ahead = "") {
    ledger::Bundle wanted;
    wanted.study = of;
    wanted.revision = 1;
    wanted.preparation = base::Bytes(32, static_cast<std::uint8_t>(preparation));
    wanted.ahead = ahead;
    wanted.state = "planned";
    wanted.profile = "{}";
    return ledger_->bundle_for(wanted).value();
  }
  ledger::Share share(const ledger::Bundle& of, const std::string& id,
                      const std::string& recipient = "r1") {
    ledger::Share made;
    made.id = id;
    made.study = of.study;
    made.bundle = of.id;
    made.route = "knees";
    made.recipient = recipient;
    made.state = "waiting";
    made.policy = "{}";
    EXPECT_TRUE(ledger_->add(made).ok());
    return made;
  }

  std::string folder_;
  FixedClock clock_;
  std::unique_ptr<ledger::Ledger> ledger_;
};

const std::string kId = "0123456789abcdef0123456789abcdef";
const std::string kOther = "0123aaaaaaaaaaaaaaaaaaaaaaaaaaaa";

void expect_void(const base::Status& status) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.fault().remedy, base::Remedy::Reject);
}

TEST_F(LedgerTest, AStepOfAStudyNeedsTheStateThatItBeganWith) {
  auto row = study();
  EXPECT_EQ(row.state, "assembling");
  row.state = "complete";
  ASSERT_TRUE(ledger_->update(row, "assembling").ok());
  row.state = "routed";
  expect_void(ledger_->update(row, "assembling"));
  EXPECT_EQ(ledger_->study(row.id).value()->state, "complete");
}

TEST_F(LedgerTest, AStepOfABundleNeedsTheStateThatItBeganWith) {
  auto row = bundle(study().id);
  row.state = "prepared";
  ASSERT_TRUE(ledger_->update(row, "planned").ok());
  row.state = "sealed";
  expect_void(ledger_->update(row, "planned"));
  EXPECT_EQ(ledger_->bundle(row.id).value()->state, "prepared");
}

TEST_F(LedgerTest, AStepOfAShareNeedsTheStateThatItBeganWith) {
  auto row = share(bundle(study().id), kId);
  row.state = "revoking";
  ASSERT_TRUE(ledger_->update(row, "waiting").ok());
  row.state = "announced";
  expect_void(ledger_->update(row, "waiting"));
  EXPECT_EQ(ledger_->share(kId).value()->state, "revoking");
}

TEST_F(LedgerTest, AVoidStepTakesItsAuditRecordWithIt) {
  auto row = study();
  row.state = "routed";
  const auto failed = ledger_->commit([&]() -> base::Status {
    TRY(ledger_->audit("study.routed", {}));
    return ledger_->update(row, "complete");
  });
  expect_void(failed);
  EXPECT_EQ(ledger_->chain().verify().value().records, 0);
}

TEST_F(LedgerTest, EveryColumnOfABundleComesBack) {
  auto row = bundle(study().id);
  row.package_id = base::Bytes(16, 1);
  row.index_id = base::Bytes(16, 2);
  row.package_length = 3;
  row.package_sealed = 4;
  row.index_length = 5;
  row.index_sealed = 6;
  row.package_sums = base::Bytes(32, 7);
  row.index_sums = base::Bytes(32, 8);
  row.package_sha256 = base::Bytes(32, 9);
  row.index_sha256 = base::Bytes(32, 10);
  row.package_up = true;
  row.instances = 12;
  row.series = 13;
  row.attempts = 14;
  row.next_attempt = 15;
  row.held = "why";
  row.settings = "rev";
  ASSERT_TRUE(ledger_->update(row, "planned").ok());
  open();
  const auto back = ledger_->bundle(row.id).value().value();
  EXPECT_EQ(back.package_id, row.package_id);
  EXPECT_EQ(back.index_id, row.index_id);
  EXPECT_EQ(back.package_length, 3);
  EXPECT_EQ(back.package_sealed, 4);
  EXPECT_EQ(back.index_length, 5);
  EXPECT_EQ(back.index_sealed, 6);
  EXPECT_EQ(back.package_sums, row.package_sums);
  EXPECT_EQ(back.index_sums, row.index_sums);
  EXPECT_EQ(back.package_sha256, row.package_sha256);
  EXPECT_EQ(back.index_sha256, row.index_sha256);
  EXPECT_TRUE(back.package_up);
  EXPECT_FALSE(back.index_up);
  EXPECT_EQ(back.instances, 12);
  EXPECT_EQ(back.series, 13);
  EXPECT_EQ(back.attempts, 14);
  EXPECT_EQ(back.next_attempt, 15);
  EXPECT_EQ(back.held, "why");
  EXPECT_EQ(back.settings, "rev");
}

TEST_F(LedgerTest, EveryColumnOfAShareComesBack) {
  auto row = share(bundle(study().id), kId);
  row.revision = 2;
  row.arm = 3;
  row.issue = 4;
  row.ready = true;
  row.made_at = 5;
  row.not_after = 6;
  row.announced_at = 7;
  row.opened_at = 8;
  row.message_id = "m@x";
  row.attempts = 9;
  row.next_attempt = 10;
  row.held = "h";
  row.last = "l";
  row.settings = "s";
  ASSERT_TRUE(ledger_->update(row, "waiting").ok());
  const auto back = ledger_->share(kId).value().value();
  EXPECT_EQ(back.revision, 2);
  EXPECT_EQ(back.arm, 3);
  EXPECT_EQ(back.issue, 4);
  EXPECT_TRUE(back.ready);
  EXPECT_EQ(back.made_at, 5);
  EXPECT_EQ(back.not_after, 6);
  EXPECT_EQ(back.announced_at, 7);
  EXPECT_EQ(back.opened_at, 8);
  EXPECT_EQ(back.message_id, "m@x");
  EXPECT_EQ(back.attempts, 9);
  EXPECT_EQ(back.next_attempt, 10);
  EXPECT_EQ(back.held, "h");
  EXPECT_EQ(back.last, "l");
  EXPECT_EQ(back.settings, "s");
}

TEST_F(LedgerTest, AStudyIsFoundUnderItsKeyAndMadeOnce) {
  const auto first = study();
  EXPECT_EQ(study().id, first.id);
  EXPECT_NE(study('x').id, first.id);
  EXPECT_EQ(ledger_->all_studies().value().size(), 2u);
}

TEST_F(LedgerTest, OnePreparationHasOneBundle) {
  const auto of = study().id;
  const auto first = bundle(of);
  EXPECT_EQ(bundle(of).id, first.id);
  EXPECT_NE(bundle(of, 'q').id, first.id);
}

TEST_F(LedgerTest, OneShareForARouteAndARecipientOfAStudy) {
  const auto of = bundle(study().id);
  share(of, kId);
  ledger::Share second;
  second.id = kOther;
  second.study = of.study;
  second.bundle = of.id;
  second.route = "knees";
  second.recipient = "r1";
  second.state = "waiting";
  EXPECT_FALSE(ledger_->add(second).ok());
  second.recipient = "r2";
  EXPECT_TRUE(ledger_->add(second).ok());
}

TEST_F(LedgerTest, AShareIsFoundByAnUnambiguousBeginning) {
  const auto of = bundle(study().id);
  share(of, kId);
  share(of, kOther, "r2");
  EXPECT_EQ(ledger_->share("01234").value()->id, kId);
  EXPECT_EQ(ledger_->share(kOther).value()->id, kOther);
  EXPECT_FALSE(ledger_->share("0123").value().has_value());
  EXPECT_FALSE(ledger_->share("").value().has_value());
  EXPECT_FALSE(ledger_->share("01").value().has_value());
  EXPECT_FALSE(ledger_->share("%").value().has_value());
  EXPECT_FALSE(ledger_->share(kId + "0").value().has_value());
}

TEST_F(LedgerTest, ABundleIsInUseWhileALiveShareNamesIt) {
  const auto of = bundle(study().id);
  EXPECT_FALSE(ledger_->bundle_in_use(of.id).value());
  auto row = share(of, kId);
  std::string before = "waiting";
  for (const auto& [state, in_use] : {std::pair{"announced", true},
                                      {"revoking", false},
                                      {"revoked", false},
                                      {"expired", false}}) {
    row.state = state;
    ASSERT_TRUE(ledger_->update(row, before).ok());
    EXPECT_EQ(ledger_->bundle_in_use(of.id).value(), in_use) << state;
    before = state;
  }
}

TEST_F(LedgerTest, ABundleAheadIsWantedWhileItsStudyIsWaitedFor) {
  auto row = study();
  const auto of = bundle(row.id, 'p', "fits");
  EXPECT_TRUE(ledger_->bundle_wanted(of.id).value());
  EXPECT_FALSE(ledger_->bundle_in_use(of.id).value());
  row.held = "by hand";
  ASSERT_TRUE(ledger_->update(row, "assembling").ok());
  EXPECT_FALSE(ledger_->bundle_wanted(of.id).value());
  row.held = "";
  row.state = "routed";
  ASSERT_TRUE(ledger_->update(row, "assembling").ok());
  EXPECT_FALSE(ledger_->bundle_wanted(of.id).value());
  share(of, kId);
  EXPECT_TRUE(ledger_->bundle_wanted(of.id).value());
}

TEST_F(LedgerTest, ABundleThatWasOvertakenIsFoundByNoPreparation) {
  const auto row = study();
  auto first = bundle(row.id, 'p', "fits");
  ASSERT_TRUE(ledger_->overtake(row.id).ok());
  EXPECT_FALSE(ledger_->bundle_wanted(first.id).value());
  first.state = "prepared";  // a job that held a copy
  ASSERT_TRUE(ledger_->update(first, "planned").ok());
  EXPECT_EQ(ledger_->bundle(first.id).value()->ahead, "overtaken");
  EXPECT_NE(bundle(row.id).id, first.id);
}

TEST_F(LedgerTest, ABundleThatAShareNamesIsNoLongerAheadAndCannotBeOvertaken) {
  const auto row = study();
  const auto first = bundle(row.id, 'p', "fits");
  EXPECT_EQ(bundle(row.id, 'p', "fits").ahead, "fits");
  EXPECT_EQ(bundle(row.id).id, first.id);
  EXPECT_EQ(bundle(row.id, 'p', "fits").ahead, "");
  ASSERT_TRUE(ledger_->overtake(row.id).ok());
  EXPECT_EQ(bundle(row.id).id, first.id);
  ASSERT_TRUE(ledger_->forget_preparation(first.id).ok());
  EXPECT_NE(bundle(row.id).id, first.id);
}

TEST_F(LedgerTest, AFileOfTheSpoolBecomesARowOnce) {
  ledger::Association row{kId, "10.1.2.3", "[::]:104", 1, 1, false};
  ASSERT_TRUE(ledger_->put(row).ok());
  ledger::Association stale = row;
  ASSERT_TRUE(ledger_->add_received(row, 100, 5).ok());
  EXPECT_EQ(row.next_sequence, 2u);
  EXPECT_EQ(ledger_->association(kId).value()->next_sequence, 2u);
  expect_void(ledger_->add_received(stale, 100, 5));
  EXPECT_EQ(ledger_->instances_in("received", 10).value().size(), 1u);
}

TEST_F(LedgerTest, TheOldestUnexaminedFileIsKnown) {
  EXPECT_FALSE(ledger_->oldest_received().value().has_value());
  receive(kId, 300);
  auto older = receive(kId, 200);
  EXPECT_EQ(ledger_->oldest_received().value(), 200);
  older.state = "comparing";
  ASSERT_TRUE(ledger_->update(older).ok());
  EXPECT_EQ(ledger_->oldest_received().value(), 200);
  older.state = "quarantined";
  ASSERT_TRUE(ledger_->update(older).ok());
  EXPECT_EQ(ledger_->oldest_received().value(), 300);
}

TEST_F(LedgerTest, ContributorsAreTheOpenAssociationsOfAStudy) {
  auto first = receive(kId);
  auto second = receive(kOther);
  const auto of = study().id;
  for (auto* row : {&first, &second}) {
    row->study = of;
    row->state = "examined";
    ASSERT_TRUE(ledger_->update(*row).ok());
  }
  EXPECT_EQ(ledger_->contributors(of).value().size(), 2u);
  auto association = ledger_->association(kId).value().value();
  association.closed = true;
  ASSERT_TRUE(ledger_->put(association).ok());
  EXPECT_EQ(ledger_->contributors(of).value(), std::vector<std::string>{kOther});
}

TEST_F(LedgerTest, OnlyExaminedInstancesBelongToAStudy) {
  auto row = receive(kId);
  row.study = study().id;
  row.sop_key = base::Bytes(32, 5);
  ASSERT_TRUE(ledger_->update(row).ok());
  EXPECT_TRUE(ledger_->instances_of(row.study).value().empty());
  // One that is examined again has its place already; one that is out of the study has none.
  EXPECT_TRUE(ledger_->first_under(row.study, row.sop_key).value().has_value());
  row.state = "quarantined";
  ASSERT_TRUE(ledger_->update(row).ok());
  EXPECT_FALSE(ledger_->first_under(row.study, row.sop_key).value().has_value());
  row.state = "examined";
  ASSERT_TRUE(ledger_->update(row).ok());
  EXPECT_EQ(ledger_->instances_of(row.study).value().size(), 1u);
  EXPECT_EQ(ledger_->first_under(row.study, row.sop_key).value()->id, row.id);
  EXPECT_FALSE(ledger_->first_under(row.study, base::Bytes(32, 6)).value().has_value());
}

TEST_F(LedgerTest, FactsAreSealedAndBelongToTheirRow) {
  const auto first = receive(kId);
  const auto second = receive(kId);
  ASSERT_TRUE(ledger_->put_facts(first.id, "VANDERMOLEN^WILHELMINA").ok());
  ASSERT_TRUE(ledger_->put_facts(second.id, "OTHER^PATIENT").ok());
  EXPECT_EQ(ledger_->facts(first.id).value(), "VANDERMOLEN^WILHELMINA");
  for (const char* name : {"ledger.db", "ledger.db-wal"})
    EXPECT_EQ(bytes_of(name).find("VANDERMOLEN"), std::string::npos) << name;
  {
    auto other = database::Database::open(folder_ + "/ledger.db").value();
    ASSERT_TRUE(other
                    .execute("UPDATE instance SET facts = (SELECT facts FROM instance WHERE id = " +
                             std::to_string(first.id) + ") WHERE id = " + std::to_string(second.id))
                    .ok());
  }
  EXPECT_TRUE(ledger_->facts(first.id).ok());
  EXPECT_FALSE(ledger_->facts(second.id).ok());
  EXPECT_FALSE(ledger_->facts(9999).ok());
}

TEST_F(LedgerTest, IdentifiersAreKeptOnceForAStudySealedAndUnderDigestsOfTheirStudy) {
  const auto study = ledger_->study_under(base::Bytes(32, 1), 1).value().id;
  const auto other = ledger_->study_under(base::Bytes(32, 2), 1).value().id;
  ASSERT_TRUE(ledger_->add_identifiers(study, {"0VANDERMOLEN", "1P1"}).ok());
  ASSERT_TRUE(ledger_->add_identifiers(study, {"1P1", "1P2", "0VANDERMOLEN"}).ok());
  ASSERT_TRUE(ledger_->add_identifiers(other, {"0VANDERMOLEN"}).ok());
  EXPECT_THAT(ledger_->identifiers(study).value(),
              testing::UnorderedElementsAre("0VANDERMOLEN", "1P1", "1P2"));
  EXPECT_THAT(ledger_->identifiers(other).value(), testing::ElementsAre("0VANDERMOLEN"));
  EXPECT_TRUE(ledger_->identifiers(9999).value().empty());
  for (const char* name : {"ledger.db", "ledger.db-wal"})
    EXPECT_EQ(bytes_of(name).find("VANDERMOLEN"), std::string::npos) << name;
  auto database = database::Database::open(folder_ + "/ledger.db").value();
  {
    auto rows = database.prepare("SELECT count(DISTINCT key) FROM identifier");
    ASSERT_TRUE(rows.step().value());
    EXPECT_EQ(rows.integer(0), 4);  // the same name in two studies looks like two
  }
  ASSERT_TRUE(database.execute("UPDATE identifier SET text = x'00'").ok());
  EXPECT_FALSE(ledger_->identifiers(study).ok());  // never fewer without being told
}

TEST_F(LedgerTest, NotesAreKeptAndReplaced) {
  EXPECT_EQ(ledger_->note("cursor").value(), "");
  ASSERT_TRUE(ledger_->set_note("cursor", "5").ok());
  ASSERT_TRUE(ledger_->set_note("cursor", "6").ok());
  open();
  EXPECT_EQ(ledger_->note("cursor").value(), "6");
}

TEST_F(LedgerTest, CountsWhatIsWhereAndWhatIsHeld) {
  auto row = study();
  row.held = "why";
  ASSERT_TRUE(ledger_->update(row, "assembling").ok());
  study('x');
  receive(kId, 77);
  std::map<std::string, ledger::Ledger::Count> counts;
  const auto rows = ledger_->counts();
  for (const auto& count : rows.value()) counts[count.stage + " " + count.state] = count;
  EXPECT_EQ(counts["study assembling"].count, 2);
  EXPECT_EQ(counts["study assembling"].held, 1);
  EXPECT_EQ(counts["instance received"].oldest, 77);
}

TEST_F(LedgerTest, HeldStudiesAreLeftOutUnlessAskedFor) {
  auto row = study();
  row.held = "why";
  ASSERT_TRUE(ledger_->update(row, "assembling").ok());
  EXPECT_TRUE(ledger_->studies_in("assembling").value().empty());
  EXPECT_EQ(ledger_->studies_in("assembling", true).value().size(), 1u);
}

}  // namespace
