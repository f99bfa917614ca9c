// From the spool to a complete study: nothing lost, nothing twice, no patient's beside another's.
#include "made_house.h"

namespace service {
namespace {

using testing::HasSubstr;

std::vector<Content> images(int count) {
  std::vector<Content> list(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    list[static_cast<std::size_t>(i)].instance += "." + std::to_string(i);
  return list;
}

TEST_F(InAHouse, EveryFileOfTheSpoolBecomesARowOnce) {
  store(images(3));
  EXPECT_EQ(must(house_->ledger->instances_in("received", 10)).size(), 3u);
  house_->hints.next_sweep = 0;
  must(collect(*house_));
  restart();
  must(sweep(*house_));
  must(collect(*house_));
  EXPECT_EQ(must(house_->ledger->instances_in("received", 10)).size(), 3u);
  const auto association =
      must(house_->ledger->association(must(house_->ledger->instance(1))->association));
  EXPECT_EQ(association->peer_address, "10.1.2.3");
  EXPECT_TRUE(association->closed);
}

TEST_F(InAHouse, AFolderThatIsNoAssociationIsLeftAlone) {
  fs::create_directories(folder_ + "/storage/spool/lost+found");
  house_->hints.open["../outbox"] = false;
  store(images(1));
  EXPECT_EQ(must(house_->ledger->instances_in("received", 10)).size(), 1u);
  EXPECT_TRUE(fs::exists(folder_ + "/storage/spool/lost+found"));
}

TEST_F(InAHouse, AFolderWithoutAnInstanceIsNotTakenForOneWithoutAnOrigin) {
  const std::string id(32, 'a');
  fs::create_directories(folder_ + "/storage/spool/" + id);
  house_->hints.next_sweep = 0;
  must(collect(*house_));
  EXPECT_FALSE(must(house_->ledger->association(id)));
}

TEST_F(InAHouse, AnOpenAssociationIsFollowedAndNotClosed) {
  const std::string id(32, '0');
  house_->hints.receive_connected = true;
  house_->hints.open[std::string("01010101010101010101010101010101")] = true;
  store(images(1));
  EXPECT_FALSE(must(house_->ledger->association("01010101010101010101010101010101"))->closed);
  house_->hints.open.clear();
  must(collect(*house_));
  EXPECT_TRUE(must(house_->ledger->association("01010101010101010101010101010101"))->closed);
  EXPECT_TRUE(audited("association.closed"));
}

TEST_F(InAHouse, AJobHoldsFilesThatItsKeysOpen) {
  store(images(2));
  auto lease = claim_examine();
  ASSERT_NE(lease, nullptr);
  const auto job = work_job<jobs::ExamineJob>(*lease);
  ASSERT_EQ(job.instances.size(), 2u);
  EXPECT_EQ(read(job.instances[0]), images(2)[0].text());
  EXPECT_EQ(read(job.instances[1]), images(2)[1].text());
  EXPECT_FALSE(
      spool::SealedSource::open(job.instances[0].file.get(), job.instances[1].segment_key.copy())
          .ok());
  EXPECT_THAT(job.paths, testing::Contains("00081030"));
}

TEST_F(InAHouse, WhatIsInAJobIsNotHandedOutTwice) {
  store(images(2));
  auto lease = claim_examine();
  EXPECT_EQ(claim_examine(), nullptr);
  lease.reset();
  EXPECT_NE(claim_examine(), nullptr);
}

TEST_F(InAHouse, ExaminedInstancesMakeACompleteAndRoutedStudy) {
  arrive(images(3));
  EXPECT_EQ(study().state, "routed");
  EXPECT_EQ(study().settings, "rev1");
  EXPECT_EQ(must(house_->ledger->instances_of(study().id)).size(), 3u);
  for (const char* event : {"study.complete", "study.routed", "share.made"})
    EXPECT_TRUE(audited(event));
}

TEST_F(InAHouse, AStudyWaitsForItsQuietPeriod) {
  house_->settings.studies.quiet_period = 3600;
  arrive(images(1));
  EXPECT_EQ(study().state, "assembling");
  house_->hints.last_receipt[study().id] -= 3600 * 1000;
  auto row = study();
  row.deadline -= 3600;
  must(house_->ledger->update(row, "assembling"));
  must(complete(*house_));
  EXPECT_EQ(study().state, "complete");
}

TEST_F(InAHouse, AStudyWaitsForUnexaminedFilesThatMayBelongToIt) {
  house_->settings.studies.quiet_period = 3600;
  store(images(1));
  examine_all();
  store({Content{"1.2.9", "1.2.9.1"}}, 2);  // before the first one's deadline
  house_->hints.last_receipt[study().id] -= 3600 * 1000;
  must(complete(*house_));
  EXPECT_EQ(study().state, "assembling");
  examine_all();
  must(complete(*house_));
  EXPECT_EQ(study().state, "complete");
}

TEST_F(InAHouse, ABatchThatKillsItsChildIsBisectedDownToTheOneThatDoes) {
  store(images(40));
  std::size_t deaths = 0;
  const std::int64_t deadly = 23;
  while (auto lease = claim_examine()) {
    const auto job = work_job<jobs::ExamineJob>(*lease);
    const bool dies = std::any_of(job.instances.begin(), job.instances.end(),
                                  [&](const auto& one) { return one.instance == deadly; });
    if (dies) {
      ++deaths;
      must(lease->lost());
    } else {
      must(lease->finish(examined(job)));
    }
    ASSERT_LT(deaths, 20u);
  }
  EXPECT_LE(deaths, 8u);
  EXPECT_EQ(instance(deadly).state, "quarantined");
  EXPECT_THAT(instance(deadly).reason, HasSubstr("crashed"));
  EXPECT_EQ(must(house_->ledger->instances_in("quarantined", 100)).size(), 1u);
  EXPECT_EQ(must(house_->ledger->instances_of(study().id)).size(), 39u);
  EXPECT_TRUE(fs::exists(file_of(instance(deadly))));
  EXPECT_TRUE(audited("instance.quarantined"));
}

TEST_F(InAHouse, WhatTheChildRefusesIsQuarantinedAndKept) {
  store(images(2));
  auto lease = claim_examine();
  auto reply = examined(work_job<jobs::ExamineJob>(*lease));
  reply.examined[0] = {1, false, "not DICOM\x1B[2J\n", {}};
  must(lease->finish(reply));
  EXPECT_EQ(instance(1).state, "quarantined");
  EXPECT_EQ(instance(1).reason, "not DICOM?[2J?");
  EXPECT_TRUE(fs::exists(file_of(instance(1))));
  EXPECT_EQ(instance(2).state, "examined");
}

TEST_F(InAHouse, FactsThatAreNotPlausibleAreNotBelieved) {
  store(images(1));
  auto lease = claim_examine();
  auto reply = examined(work_job<jobs::ExamineJob>(*lease));
  reply.examined[0].facts.reveal().study_instance_uid = "1.2'; DROP TABLE study";
  must(lease->finish(reply));
  EXPECT_EQ(instance(1).state, "quarantined");
  EXPECT_TRUE(must(house_->ledger->all_studies()).empty());
}

TEST_F(InAHouse, AReplyAboutOtherInstancesThanTheJobIsRefusedWhole) {
  store(images(2));
  auto lease = claim_examine();
  auto reply = examined(work_job<jobs::ExamineJob>(*lease));
  std::swap(reply.examined[0].instance, reply.examined[1].instance);
  EXPECT_FALSE(lease->finish(reply).ok());
  reply.examined.pop_back();
  EXPECT_FALSE(lease->finish(reply).ok());
  EXPECT_FALSE(lease->finish(jobs::DigestReply{}).ok());
  EXPECT_EQ(instance(1).state, "received");
  EXPECT_EQ(instance(2).state, "received");
  EXPECT_TRUE(must(house_->ledger->all_studies()).empty());
}

TEST_F(InAHouse, AFileThatIsDamagedOrGoneIsQuarantinedWithoutStoppingTheOthers) {
  store(images(4));
  fs::remove(file_of(instance(1)));
  fs::resize_file(file_of(instance(2)), 50);
  {
    std::fstream file(file_of(instance(3)), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3);
    file.put('\x7F');
  }
  examine_all();
  EXPECT_THAT(instance(1).reason, HasSubstr("lost"));
  for (std::int64_t id : {1, 2, 3}) EXPECT_EQ(instance(id).state, "quarantined") << id;
  EXPECT_EQ(instance(4).state, "examined");
}

TEST_F(InAHouse, AFileThatWasMovedUnderAnotherNameIsNotHandedOut) {
  store(images(2));
  const auto first = file_of(instance(1));
  const auto second = file_of(instance(2));
  fs::rename(first, first + ".x");
  fs::rename(second, first);
  fs::rename(first + ".x", second);
  examine_all();
  EXPECT_EQ(instance(1).state, "quarantined");
  EXPECT_THAT(instance(1).reason, HasSubstr("belongs elsewhere"));
  EXPECT_EQ(instance(2).state, "quarantined");
}

TEST_F(InAHouse, TheSameInstanceAgainIsADuplicateAndDropped) {
  arrive(images(1));
  arrive(images(1), 2);
  EXPECT_EQ(instance(2).state, "duplicate");
  EXPECT_FALSE(fs::exists(file_of(instance(2))));
  EXPECT_EQ(study().state, "routed");
  EXPECT_EQ(study().revision, 1);
  EXPECT_EQ(must(house_->ledger->all_shares()).size(), 1u);
}

TEST_F(InAHouse, OtherContentUnderTheSameUIDKeepsBothAndHoldsTheStudy) {
  auto other = images(1);
  other[0].rest = "other pixels";
  store(images(1));
  store(other, 2);
  examine_all();
  EXPECT_EQ(instance(2).state, "comparing");
  must(complete(*house_));
  EXPECT_EQ(study().state, "assembling");  // it waits for the comparison
  compare_all();
  EXPECT_EQ(instance(2).state, "examined");
  EXPECT_TRUE(fs::exists(file_of(instance(1))));
  EXPECT_TRUE(fs::exists(file_of(instance(2))));
  must(complete(*house_));
  EXPECT_THAT(study().held, HasSubstr("one SOP Instance UID"));
  must(route(*house_));
  EXPECT_TRUE(must(house_->ledger->all_shares()).empty());
  EXPECT_TRUE(audited("instance.conflicting"));
}

TEST_F(InAHouse, ADataSetThatCannotBeDigestedIsNeverADuplicate) {
  store(images(1));
  store(images(1), 2);
  examine_all();
  auto lease = claim_compare();
  (void)lease->take_job();
  EXPECT_FALSE(lease->finish(jobs::DigestReply{{""}}).ok());
  must(lease->finish(jobs::DigestReply{{"", ""}}));
  EXPECT_EQ(instance(2).state, "examined");
  EXPECT_TRUE(fs::exists(file_of(instance(2))));
}

TEST_F(InAHouse, ALateInstanceOpensTheNextRevisionAndIsHeld) {
  arrive(images(1));
  const auto first = share();
  auto late = images(2);
  arrive({late[1]}, 2);
  EXPECT_EQ(study().revision, 2);
  EXPECT_EQ(study().approved, 1);
  EXPECT_EQ(study().state, "complete");
  EXPECT_THAT(study().held, HasSubstr("late instances"));
  EXPECT_EQ(share().bundle, first.bundle);
  EXPECT_EQ(bundle().revision, 1);
  must(release(*house_, {{"id", std::to_string(study().id)}}));
  must(route(*house_));
  EXPECT_EQ(study().state, "routed");
  EXPECT_EQ(share().id, first.id);
  EXPECT_NE(share().bundle, first.bundle);
  EXPECT_EQ(share().revision, 2);
  EXPECT_FALSE(share().ready);
  EXPECT_EQ(must(house_->ledger->all_shares()).size(), 1u);
}

TEST_F(InAHouse, InstancesOfTwoPatientsAreHeldAndStayHeldWhenTheyAreReleased) {
  auto mixed = images(2);
  mixed[1].patient = "P2";
  arrive(mixed);
  EXPECT_THAT(study().held, HasSubstr("more than one patient"));
  for (int i = 0; i < 2; ++i) {
    must(release(*house_, {{"id", std::to_string(study().id)}}));
    must(complete(*house_));
    must(route(*house_));
    EXPECT_THAT(study().held, HasSubstr("more than one patient"));
    EXPECT_TRUE(must(house_->ledger->all_shares()).empty());
  }
  must(quarantine_instance(*house_, {{"id", "2"}}));
  must(release(*house_, {{"id", std::to_string(study().id)}}));
  must(route(*house_));
  EXPECT_EQ(study().state, "routed");
  EXPECT_EQ(must(house_->ledger->instances_of(study().id)).size(), 1u);
}

TEST_F(InAHouse, AnotherPatientThatComesLateIsHeldToo) {
  arrive(images(1));
  auto late = images(2);
  late[1].patient = "P2";
  arrive({late[1]}, 2);
  EXPECT_THAT(study().held, HasSubstr("more than one patient"));
  must(release(*house_, {{"id", std::to_string(study().id)}}));
  must(route(*house_));
  EXPECT_EQ(share().revision, 1);
  EXPECT_THAT(study().held, HasSubstr("more than one patient"));
}

TEST_F(InAHouse, AStudyThatNoRouteMatchesIsKeptAndTriedAgainOnRequest) {
  arrive({Content{"1.2.1", "1.2.1.1", "P1", "ELBOW"}});
  EXPECT_EQ(study().state, "unrouted");
  EXPECT_TRUE(must(house_->ledger->all_shares()).empty());
  EXPECT_TRUE(fs::exists(file_of(instance(1))));
  house_->settings.routes.push_back(rule("elbows", "ELBOW", {"doe"}));
  must(retry(*house_, {{"id", "1"}}));
  must(route(*house_));
  EXPECT_EQ(study().state, "routed");
}

TEST_F(InAHouse, AStudyWhoseConditionCannotBeEvaluatedIsHeld) {
  store(images(1));
  auto lease = claim_examine();
  auto reply = examined(work_job<jobs::ExamineJob>(*lease));
  reply.examined[0].facts.reveal().undecodable = {"00081030"};
  reply.examined[0].facts.reveal().attributes.clear();
  must(lease->finish(reply));
  must(complete(*house_));
  must(route(*house_));
  EXPECT_THAT(study().held, HasSubstr("could not be evaluated"));
  EXPECT_EQ(study().state, "complete");
}

TEST_F(InAHouse, AStudyWithoutADeidentificationKeyIsHeld) {
  house_->domain_key = base::SecretBytes();
  arrive(images(1));
  EXPECT_THAT(study().held, HasSubstr("no de-identification key"));
}

TEST_F(InAHouse, ANewRuleThatAsksForMoreHasStudiesExaminedAgain) {
  arrive({Content{"1.2.1", "1.2.1.1", "P1", "ELBOW"}});
  auto fresh = settings();
  auto elbows = rule("elbows", "ELBOW", {"doe"});
  elbows.match =
      route::make_test(must(route::parse_subject("(0018,0015)")), route::OneOf{{"ELBOW"}});
  fresh.routes.push_back(elbows);
  must(swap_settings(*house_, fresh));
  EXPECT_EQ(instance(1).state, "received");
  EXPECT_EQ(study().revision, 1);
  // Until they are, the study is not routed on facts that are not all there.
  must(retry(*house_, {{"id", "1"}}));
  must(route(*house_));
  EXPECT_EQ(study().held, "");
  examine_all();
  must(complete(*house_));
  must(route(*house_));
  EXPECT_EQ(instance(1).state, "examined");
  EXPECT_EQ(study().held, "");
  EXPECT_EQ(study().revision, 1);
}

TEST_F(InAHouse, ASecondDispatchOnTheSameStorageIsRefused) {
  const auto second = House::open(folder_ + "/dcmcourier.yaml", settings());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.fault().remedy, base::Remedy::AskAdministrator);
}

}  // namespace
}  // namespace service
