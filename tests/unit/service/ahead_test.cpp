// Prepared while its study is waited for: ready when nothing more came, gone when something did,
// and never on its way before a share names it.
#include "made_house.h"
#include "service/instances.h"
#include "service/outlook.h"

namespace service {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Content knee(int number = 1, const std::string& patient = "P1") {
  return {"1.2.1", "1.2.1." + std::to_string(number), patient, "KNEE", ""};
}

class Ahead : public InAHouse {
 protected:
  Ahead() { house_->settings.studies.quiet_period = 60; }

  void come(const std::vector<Content>& contents, std::uint8_t association = 1) {
    store(contents, association);
    examine_all();
    compare_all();
  }
  // So long after the last receipt, everything that needs no child is looked at.
  void quiet_for(base::Milliseconds milliseconds) {
    house_->hints.last_receipt[study().id] = house_->clock.monotonic() - milliseconds;
    must(complete(*house_));
    must(route(*house_));
  }
  void rest() { quiet_for(11'000); }
  void seal_ahead() {
    come({knee()});
    rest();
    prepare_one();
    verify_one();
  }
  std::vector<ledger::Bundle> bundles() {
    std::vector<ledger::Bundle> all;
    for (std::int64_t id = 1;; ++id) {
      auto row = must(house_->ledger->bundle(id));
      if (!row) return all;
      all.push_back(std::move(*row));
    }
  }
};

TEST_F(Ahead, ABundleIsPlannedOnceItsStudyRests) {
  come({knee()});
  quiet_for(9'000);
  EXPECT_THAT(bundles(), IsEmpty());
  rest();
  rest();
  ASSERT_THAT(bundles(), SizeIs(1));
  EXPECT_EQ(bundles()[0].ahead, "fits");
  EXPECT_EQ(study().state, "assembling");
  EXPECT_TRUE(audited("bundle.planned_ahead"));
  EXPECT_THAT(must(house_->ledger->all_shares()), IsEmpty());
}

TEST_F(Ahead, ItLeavesOnlyWhenItsStudyIsComplete) {
  seal_ahead();
  EXPECT_EQ(bundles()[0].state, "sealed");
  EXPECT_EQ(claim_upload(), nullptr);
  EXPECT_EQ(claim_end(), nullptr);
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 1);
  ASSERT_THAT(bundles(), SizeIs(1));
  EXPECT_EQ(bundle().state, "sealed");
  EXPECT_EQ(bundle().ahead, "");
  upload_one();
  EXPECT_EQ(bundle().state, "published");
}

TEST_F(Ahead, AnotherInstanceMakesItUseless) {
  seal_ahead();
  come({knee(2)}, 2);
  EXPECT_EQ(bundles()[0].ahead, "overtaken");
  EXPECT_EQ(claim_end(), nullptr);  // nothing of it can be at the portal
  EXPECT_EQ(bundles()[0].state, "deleted");
  EXPECT_EQ(outbox_files(), 0u);
  EXPECT_FALSE(has_key(package_key_name(1)));
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 2);
  auto lease = claim_prepare();
  ASSERT_NE(lease, nullptr);
  EXPECT_EQ(work_job<jobs::PrepareJob>(*lease).instances, 2u);
}

TEST_F(Ahead, TheSameInstanceAgainChangesNothing) {
  seal_ahead();
  come({knee()}, 2);
  EXPECT_EQ(bundles()[0].ahead, "fits");
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 1);
}

TEST_F(Ahead, AnotherIdentifierMakesItUseless) {
  seal_ahead();
  const auto before = must(preparation_of(*house_, bundles()[0]));
  // Refused for its content, but examined: what it names is searched for.
  store({knee()}, 2);
  {
    auto lease = claim_examine();
    auto reply = examined(work_job<jobs::ExamineJob>(*lease));
    auto facts = facts_of(knee().text());
    facts.identifiers = identity::Identifiers({{identity::Kind::Id, "P-OTHER"}});
    reply.examined[0].facts = base::Sensitive(std::move(facts));
    must(lease->finish(reply));
  }
  EXPECT_EQ(bundles()[0].ahead, "overtaken");
  EXPECT_NE(must(preparation_of(*house_, bundles()[0])), before);
}

TEST_F(Ahead, AnInstanceThatIsQuarantinedIsInNoBundle) {
  come({knee(1), knee(2)});
  rest();
  must(quarantine(*house_, instance(2), "by hand"));
  EXPECT_EQ(claim_prepare(), nullptr);
  EXPECT_EQ(bundles()[0].ahead, "overtaken");
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 2);
  auto lease = claim_prepare();
  EXPECT_EQ(work_job<jobs::PrepareJob>(*lease).instances, 1u);
}

TEST_F(Ahead, AnInstanceThatIsQuarantinedLaterIsInNoShare) {
  come({knee(1), knee(2)});
  rest();
  prepare_one();
  verify_one();
  must(quarantine(*house_, instance(2), "by hand"));
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 2);
  EXPECT_EQ(claim_end(), nullptr);
  EXPECT_EQ(bundles()[0].state, "deleted");
}

TEST_F(Ahead, ItsJobEndsWhenItIsOvertaken) {
  come({knee()});
  rest();
  auto lease = claim_prepare();
  (void)lease->take_job();
  EXPECT_TRUE(lease->wanted());
  come({knee(2)}, 2);
  EXPECT_FALSE(lease->wanted());
  EXPECT_EQ(claim_end(), nullptr);
  EXPECT_EQ(bundles()[0].state, "planned");  // not under the job's hands
  must(lease->lost());
  lease.reset();
  EXPECT_EQ(claim_end(), nullptr);
  EXPECT_EQ(bundles()[0].state, "deleted");
  EXPECT_EQ(bundles()[0].attempts, 0);
}

TEST_F(Ahead, AJobThatEndsTooLateIsForNothing) {
  come({knee()});
  rest();
  auto lease = claim_prepare();
  const auto reply = prepared(work_job<jobs::PrepareJob>(*lease));
  come({knee(2)}, 2);
  must(lease->finish(reply));
  lease.reset();
  EXPECT_EQ(bundles()[0].ahead, "overtaken");  // also after the job has written its row
  EXPECT_EQ(claim_verify(), nullptr);
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 2);
  EXPECT_EQ(claim_end(), nullptr);
  EXPECT_EQ(bundles()[0].state, "deleted");
}

TEST_F(Ahead, AStudyThatIsHeldKeepsNoRoomInTheOutbox) {
  seal_ahead();
  auto row = study();
  row.held = "by hand";
  must(house_->ledger->update(row, "assembling"));
  EXPECT_EQ(claim_end(), nullptr);
  EXPECT_EQ(bundles()[0].state, "deleted");
  row.held.clear();
  must(house_->ledger->update(row, "assembling"));
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 2);  // the deleted one is found by no preparation
  EXPECT_EQ(bundle().state, "planned");
}

TEST_F(Ahead, WhatNoRouteAsksForInTheEndIsDeleted) {
  seal_ahead();
  house_->settings.routes = {rule("hips", "HIP", {"doe"})};
  quiet_for(60'000);
  EXPECT_EQ(study().state, "unrouted");
  EXPECT_EQ(claim_end(), nullptr);
  EXPECT_EQ(bundles()[0].state, "deleted");
}

TEST_F(Ahead, NothingIsPlannedForWhatWillBeHeld) {
  come({knee(1), knee(2, "P2")});
  rest();
  EXPECT_THAT(bundles(), IsEmpty());
  EXPECT_EQ(study().held, "");  // said when it is complete
}

TEST_F(Ahead, NothingIsPlannedForARevisionThatWaitsForARelease) {
  come({knee()});
  quiet_for(60'000);
  come({knee(2)}, 2);
  rest();
  EXPECT_THAT(bundles(), SizeIs(1));
  quiet_for(60'000);
  EXPECT_THAT(study().held, testing::HasSubstr("late instances"));
}

TEST_F(Ahead, NothingIsPlannedWhileAnInstanceIsOnItsWay) {
  come({knee()});
  auto association = must(house_->ledger->association(instance(1).association)).value();
  association.closed = false;
  must(house_->ledger->put(association));
  house_->hints.open[instance(1).association] = true;
  rest();
  EXPECT_THAT(bundles(), IsEmpty());
  house_->hints.open[instance(1).association] = false;
  rest();
  EXPECT_THAT(bundles(), SizeIs(1));
}

TEST_F(Ahead, ARestartGoesOnWhereItWas) {
  come({knee()});
  rest();
  prepare_one();
  restart();
  must(sweep(*house_));
  examine_all();
  EXPECT_EQ(outbox_files(), 2u);
  verify_one();
  rest();
  EXPECT_THAT(bundles(), SizeIs(1));
  quiet_for(60'000);
  EXPECT_EQ(share().bundle, 1);
}

TEST_F(Ahead, WhatAShareWaitsForComesFirst) {
  come({knee()});
  rest();
  come({{"1.2.2", "1.2.2.1", "P2", "KNEE", ""}}, 2);
  const auto other = must(house_->ledger->all_studies()).at(1);
  house_->hints.last_receipt[other.id] = house_->clock.monotonic() - 60'000;
  must(complete(*house_));
  must(route(*house_));
  auto lease = claim_prepare();
  EXPECT_EQ(lease->what, "prepare bundle 2");
}

}  // namespace
}  // namespace service
