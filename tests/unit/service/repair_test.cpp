// What fails for a while, or until somebody repairs it, costs no instance and no study.
#include "made_house.h"
#include "service/instances.h"

namespace service {
namespace {

using testing::HasSubstr;

class Repair : public InAHouse {
 protected:
  static Content image(int number, const std::string& study = "1.2.1") {
    return {study, study + "." + std::to_string(number)};
  }
  std::string folder_of(std::int64_t id) {
    return fs::path(file_of(instance(id))).parent_path().string();
  }
  // Tests may run as root, whom no mode keeps out: a file in the folder's place gives ENOTDIR.
  void shut(std::int64_t id) {
    const auto folder = folder_of(id);
    fs::rename(folder, folder_ + "/away");
    std::ofstream(folder) << "not a folder";
  }
  void open_again(std::int64_t id) {
    const auto folder = folder_of(id);
    fs::remove(folder);
    fs::rename(folder_ + "/away", folder);
    house_->hints.left_until.clear();
  }
};

TEST_F(Repair, AFileThatCannotBeReachedIsExaminedOnceItCan) {
  store({image(1)});
  store({image(2)}, 2);
  shut(1);
  examine_all();
  EXPECT_EQ(instance(1).state, "received");
  EXPECT_EQ(instance(2).state, "examined");
  EXPECT_TRUE(is_left_for_later(*house_, 1));
  open_again(1);
  examine_all();
  EXPECT_EQ(instance(1).state, "examined");
}

TEST_F(Repair, AStudyOfAnotherAssociationDoesNotWaitForAFileThatCannotBeReached) {
  store({image(1)});
  store({image(1, "1.2.2")}, 2);
  shut(1);
  examine_all();
  must(complete(*house_));
  EXPECT_EQ(study().state, "complete");
}

TEST_F(Repair, ManyThatCannotBeReachedAreNotInTheWayOfTheOthers) {
  std::vector<Content> many;
  for (int i = 0; i < 300; ++i) many.push_back(image(i));
  store(many);
  store({image(1000)}, 2);
  shut(1);
  examine_all();
  EXPECT_EQ(instance(301).state, "examined");
  EXPECT_EQ(must(house_->ledger->instances_in("received", 1000)).size(), 300u);
}

TEST_F(Repair, AnInstanceIsNotLostWithTheKeyThatMayComeBack) {
  store({image(1)});
  const auto header = must(disk::read_small_file(file_of(instance(1)), 100000));
  const auto name = "spool:" + base::to_hex(base::ByteView(header).subspan(5, 8));
  const auto key = must(house_->ledger->keys().need(name));
  must(house_->ledger->keys().erase(name));
  examine_all();
  EXPECT_EQ(instance(1).state, "received");
  must(house_->ledger->keys().put(name, key));
  house_->hints.left_until.clear();
  examine_all();
  EXPECT_EQ(instance(1).state, "examined");
}

TEST_F(Repair, AComparisonWaitsForAFileThatCannotBeReached) {
  store({image(1)});
  store({image(1)}, 2);
  store({image(2)}, 3);
  store({image(2)}, 4);
  examine_all();
  shut(1);
  compare_all();
  EXPECT_EQ(instance(1).state, "examined");
  EXPECT_EQ(instance(2).state, "comparing");
  EXPECT_EQ(instance(4).state, "duplicate");
  open_again(1);
  compare_all();
  EXPECT_EQ(instance(2).state, "duplicate");
}

TEST_F(Repair, AnInstanceThatComesAgainTakesThePlaceOfOneThatIsLost) {
  store({image(1)});
  examine_all();
  fs::remove(file_of(instance(1)));
  arrive({image(1)}, 2);
  EXPECT_EQ(instance(1).state, "quarantined");
  EXPECT_THAT(instance(1).reason, HasSubstr("lost"));
  EXPECT_EQ(instance(2).state, "examined");
  EXPECT_EQ(study().state, "routed");
  EXPECT_EQ(must(house_->ledger->instances_of(study().id)).size(), 1u);
}

TEST_F(Repair, OneThatComesAgainDamagedIsQuarantinedItself) {
  store({image(1)});
  store({image(1)}, 2);
  examine_all();
  fs::resize_file(file_of(instance(2)), 50);
  compare_all();
  EXPECT_EQ(instance(1).state, "examined");
  EXPECT_EQ(instance(2).state, "quarantined");
}

TEST_F(Repair, WhatComesAgainAfterItsStudyWasSentIsItsNextRevision) {
  arrive({image(1)});
  fs::resize_file(file_of(instance(1)), 50);
  arrive({image(1)}, 2);
  EXPECT_EQ(instance(1).state, "quarantined");
  EXPECT_EQ(instance(2).state, "examined");
  EXPECT_EQ(study().revision, 2);
  EXPECT_THAT(study().held, HasSubstr("late instances"));
}

TEST_F(Repair, AnUnroutedStudyOfARestoredLedgerIsNotSentForALateInstance) {
  arrive({{"1.2.1", "1.2.1.1", "P1", "ELBOW"}});
  EXPECT_EQ(study().state, "unrouted");
  must(house_->ledger->keys().put("mark", base::SecretBytes(base::as_bytes("1000000"))));
  must(sweep(*house_));
  EXPECT_EQ(study().held, "");
  house_->settings.routes.push_back(rule("elbows", "ELBOW", {"doe"}));
  arrive({{"1.2.1", "1.2.1.2", "P1", "ELBOW"}}, 2);
  EXPECT_THAT(study().held, HasSubstr("may have been sent already"));
  EXPECT_TRUE(must(house_->ledger->all_shares()).empty());
}

TEST_F(Repair, AnInstanceFromBeforeARestoreHoldsTheStudyThatANewerOneHasMade) {
  store({image(1)});
  examine_all();
  EXPECT_EQ(study().approved, 1);
  must(house_->ledger->set_note(kWentBackAt, std::to_string(house_->now() + 1000)));
  arrive({image(2)}, 2);
  EXPECT_THAT(study().held, HasSubstr("may have been sent already"));
  EXPECT_TRUE(must(house_->ledger->all_shares()).empty());
}

TEST_F(Repair, ADuplicateLeavesAnAssociationThatIsOpenItsFolder) {
  store({image(1)});
  house_->hints.receive_connected = true;
  store({image(1)}, 2);
  const auto folder = folder_of(2);
  // Restarted, dispatch takes it for closed until receive has said that it is not.
  examine_all();
  compare_all();
  EXPECT_EQ(instance(2).state, "duplicate");
  EXPECT_TRUE(fs::exists(folder));
  // Nor while receive says that it is open.
  house_->hints.receive_reported = true;
  store({image(1)}, 3);
  const auto open = folder_of(3);
  house_->hints.open[instance(3).association] = true;
  examine_all();
  compare_all();
  EXPECT_TRUE(fs::exists(open));
  store({image(1)}, 4);
  const auto over = folder_of(4);
  examine_all();
  compare_all();
  EXPECT_FALSE(fs::exists(over));
}

}  // namespace
}  // namespace service
