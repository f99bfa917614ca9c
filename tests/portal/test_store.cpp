#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "portal/blob_files.h"
#include "portal/store.h"

namespace {

using portal::Act;
using portal::Digest;
using portal::Id;
using portal::OpenResult;
using portal::State;
using portal::Store;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "portal-XXXXXX";
    folder = mkdtemp(pattern.data());
    auto opened = Store::open(folder + "/portal.db");
    ASSERT_TRUE(opened.ok()) << opened.fault().what;
    store.emplace(std::move(opened).value());
  }
  void TearDown() override {
    store.reset();
    std::filesystem::remove_all(folder);
  }

  static Id id(std::uint8_t n) {
    Id made{};
    made[0] = n;
    return made;
  }
  static Digest digest(std::uint8_t n) {
    Digest made{};
    made[0] = n;
    return made;
  }
  void blob(std::uint8_t n, std::uint64_t length = 100) {
    ASSERT_TRUE(store->create_blob(id(n), length, 0).ok());
    ASSERT_TRUE(store->finish_blob(id(n), digest(n)).ok());
  }
  static share::Record record(std::uint8_t blob) {
    share::Record made;
    made.link_proof_sha256 = digest(1);
    made.code_proof_sha256 = digest(2);
    made.cover = base::Bytes(10, 1);
    made.take_grant = base::Bytes(20, 2);
    made.take_blobs = {id(blob)};
    made.not_after = 1000;
    made.purge_after = 2000;
    made.tries_max = 3;
    return made;
  }
  portal::CommandOutcome put(std::uint8_t n, const share::Record& made,
                             base::UnixSeconds now = 10) {
    const auto written = share::write_record(made);
    auto outcome = store->put(id(n), made, portal::sha256(base::as_bytes(written.value())), now);
    EXPECT_TRUE(outcome.ok());
    return outcome.value();
  }
  portal::OpenOutcome attempt(std::uint8_t n, std::uint8_t code, base::UnixSeconds now = 10) {
    const portal::NewTicket ticket{portal::random_digest(), false, true, now + 900};
    last = ticket.hash;
    return store->attempt(id(n), digest(code), ticket, {"192.0.2.1", "test"}, now).value();
  }
  State state(std::uint8_t n) {
    const auto row = store->share(id(n)).value();
    return row ? row->state : State::Absent;
  }

  std::string folder;
  std::optional<Store> store;
  Digest last{};
};

TEST_F(StoreTest, ARecordIsReadyWhenItsBlobsAreFinished) {
  EXPECT_EQ(put(1, record(7)).answer.state, State::Staged);
  EXPECT_EQ(put(1, record(7)).answer.missing, std::vector<Id>{id(7)});
  blob(7);
  EXPECT_EQ(state(1), State::Ready);
}

TEST_F(StoreTest, ArmAndIssueNeverFall) {
  blob(7);
  auto made = record(7);
  made.arm = made.issue = 5;
  EXPECT_FALSE(put(1, made).refused);
  EXPECT_FALSE(put(1, made).refused) << "the same again";
  auto lower = made;
  lower.issue = 4;
  EXPECT_TRUE(put(1, lower).refused);
  lower = made;
  lower.arm = 4;
  lower.issue = 6;
  EXPECT_TRUE(put(1, lower).refused);
  auto other = made;
  other.tries_max = 4;
  EXPECT_TRUE(put(1, other).refused);
  EXPECT_EQ(store->share(id(1)).value()->record.tries_max, 3u);
}

TEST_F(StoreTest, AttemptsAreCountedBeforeTheyAreComparedAndARightOneIsGivenBack) {
  blob(7);
  put(1, record(7));
  EXPECT_EQ(attempt(1, 2).result, OpenResult::Opened);
  EXPECT_EQ(attempt(1, 9).tries_left, 2u);
  EXPECT_EQ(attempt(1, 2).result, OpenResult::Opened);
  EXPECT_EQ(attempt(1, 9).tries_left, 1u);
  EXPECT_EQ(attempt(1, 9).tries_left, 0u);
  EXPECT_EQ(state(1), State::Locked);
  const auto refused = attempt(1, 2);
  EXPECT_EQ(refused.result, OpenResult::NotReady);
  EXPECT_EQ(refused.state, State::Locked);
  EXPECT_TRUE(store->command(id(1), Act::Lift, 10).ok());
  EXPECT_EQ(attempt(1, 2).result, OpenResult::Opened);
}

TEST_F(StoreTest, TicketsEndWithTimeSuspensionAndANewArm) {
  blob(7);
  put(1, record(7));
  attempt(1, 2);
  const Digest ticket = last;
  EXPECT_TRUE(store->ticket(ticket, 10).value());
  EXPECT_FALSE(store->ticket(ticket, 910).value()) << "15 minutes";
  EXPECT_FALSE(store->ticket(portal::random_digest(), 10).value());
  ASSERT_TRUE(store->command(id(1), Act::Suspend, 10).ok());
  ASSERT_TRUE(store->command(id(1), Act::Lift, 10).ok());
  EXPECT_FALSE(store->ticket(ticket, 10).value()) << "suspension dropped it";
  attempt(1, 2);
  auto armed = record(7);
  armed.arm = 2;
  put(1, armed);
  EXPECT_FALSE(store->ticket(last, 10).value());
}

TEST_F(StoreTest, ExpiryErasesGrantsAtOnceAndBlobsAtPurgeAfter) {
  blob(7);
  put(1, record(7));
  auto purged = store->purge(999, -1, -1).value();
  EXPECT_TRUE(purged.expired.empty());
  purged = store->purge(1000, -1, -1).value();
  EXPECT_EQ(purged.expired, std::vector<Id>{id(1)});
  EXPECT_TRUE(purged.blobs.empty());
  const auto row = store->share(id(1)).value();
  EXPECT_FALSE(row->record.take_grant);
  EXPECT_EQ(row->record.code_proof_sha256, Digest{});
  EXPECT_FALSE(row->record.cover.empty()) << "whom to ask stays";
  EXPECT_EQ(store->purge(2000, -1, -1).value().blobs, std::vector<Id>{id(7)});
  EXPECT_EQ(state(1), State::Expired);
  store->purge(1000 + 30 * 86400, -1, -1).value();
  EXPECT_EQ(state(1), State::Absent);
}

TEST_F(StoreTest, AnExpiredShareKeepsItsBlobFromAnotherOnesRevocationUntilPurgeAfter) {
  blob(7);
  put(1, record(7));
  auto longer = record(7);
  longer.not_after = longer.purge_after = 5000;
  put(2, longer);
  store->purge(1500, -1, -1).value();
  EXPECT_TRUE(store->command(id(2), Act::Revoke, 1500).value().answer.erased.empty());
  EXPECT_EQ(store->purge(2000, -1, -1).value().blobs, std::vector<Id>{id(7)});
}

TEST_F(StoreTest, RevokingNamesWhatWasErasedAlsoTheSecondTime) {
  blob(7);
  put(1, record(7));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(store->command(id(1), Act::Revoke, 10).value().answer.erased, std::vector<Id>{id(7)});
  EXPECT_EQ(store->command(id(9), Act::Revoke, 10).value().answer.state, State::Absent);
}

TEST_F(StoreTest, EventNumbersAreNeverUsedTwice) {
  portal::StoredEvent event;
  event.kind = "hello";
  event.at = 5;
  ASSERT_TRUE(store->add_event(event).ok());
  ASSERT_TRUE(store->add_event(event).ok());
  EXPECT_EQ(store->events_after(0, 10).value().back().number, 2u);
  store->purge(10, -1, 5).value();
  ASSERT_TRUE(store->add_event(event).ok());
  EXPECT_EQ(store->events_after(0, 10).value().front().number, 3u);
}

TEST_F(StoreTest, TimeIsKept) {
  EXPECT_FALSE(store->kept_time().value());
  ASSERT_TRUE(store->keep_time({100, {90, 80, "boot"}}).ok());
  const auto kept = store->kept_time().value();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->highest, 100);
  EXPECT_EQ(kept->last.wall, 90);
  EXPECT_EQ(kept->last.uptime, 80);
  EXPECT_EQ(kept->last.boot, "boot");
}

TEST_F(StoreTest, WritersInAnyPiecesNoteTheDigestsOfTheSegments) {
  const auto files = portal::BlobFiles::open(folder);
  ASSERT_TRUE(files.ok());
  const base::Bytes content(2 * portal::kSegment + 12345, 0x5A);
  {
    auto writer = files.value().write(id(1)).value();
    ASSERT_TRUE(writer.append(base::ByteView(content).first(portal::kSegment + 7)).ok());
    ASSERT_TRUE(writer.append(base::ByteView(content).first(99999)).ok());
    ASSERT_TRUE(writer.cut_back(portal::kSegment + 7).ok());
  }
  auto again = files.value().write(id(1)).value();
  EXPECT_EQ(again.size(), portal::kSegment + 7);
  ASSERT_TRUE(again.append(base::ByteView(content).subspan(portal::kSegment + 7)).ok());
  base::Bytes sums;
  for (std::size_t at = 0; at < content.size(); at += portal::kSegment)
    base::append(sums, portal::sha256(base::ByteView(content).subspan(
                           at, std::min<std::size_t>(portal::kSegment, content.size() - at))));
  for (const bool recount : {false, true}) {
    const auto finished = files.value().finish(id(1), recount, true).value();
    EXPECT_EQ(finished.sums, portal::sha256(sums));
    EXPECT_EQ(*finished.sha256, portal::sha256(content));
  }
  EXPECT_EQ(files.value().list().value(), std::vector<Id>{id(1)});
  ASSERT_TRUE(files.value().erase({id(1), id(2)}).ok());
  EXPECT_TRUE(files.value().list().value().empty());
}

}  // namespace
