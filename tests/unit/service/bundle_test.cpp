// From a routed study to a published bundle: one bundle per preparation, nothing believed that a
// child claims, nothing left behind of what is refused.
#include "made_house.h"

namespace service {
namespace {

using testing::HasSubstr;

Content hip(int number = 1) {
  return {"1.2.1", "1.2.1." + std::to_string(number), "P1", "HIP", ""};
}

TEST_F(InAHouse, RecipientsWithOneProfileShareOneBundle) {
  arrive({hip()});
  ASSERT_EQ(must(house_->ledger->all_shares()).size(), 2u);
  EXPECT_EQ(share(0).bundle, share(1).bundle);
  EXPECT_NE(share(0).id, share(1).id);
  EXPECT_NE(share(0).message_id, share(1).message_id);
  EXPECT_EQ(must(house_->ledger->bundles_in("planned")).size(), 1u);
}

TEST_F(InAHouse, RecipientsWithOtherProfilesGetOtherBundles) {
  auto identified = rule("identified", "HIP", {"roe"});
  identified.deidentify.none = true;
  house_->settings.routes = {rule("hips", "HIP", {"doe"}), identified};
  house_->settings.routing = route::Policy::AllMatches;
  arrive({hip()});
  EXPECT_NE(share(0).bundle, share(1).bundle);
  EXPECT_EQ(must(house_->ledger->bundles_in("planned")).size(), 2u);
}

TEST_F(InAHouse, APrepareJobHasTheKeysOfItsBundleAndItsInstances) {
  arrive({hip(1), hip(2)});
  auto lease = claim_prepare();
  ASSERT_NE(lease, nullptr);
  const auto job = work_job<jobs::PrepareJob>(*lease);
  EXPECT_EQ(job.instances, 2u);
  EXPECT_EQ(job.profile.base, "basic");
  EXPECT_EQ(job.uid_key.size(), 32u);
  EXPECT_FALSE(job.pseudonym.empty());
  EXPECT_EQ(job.identifiers.reveal().size(), 1u);
  EXPECT_TRUE(base::equal_in_constant_time(
      job.package_key.view(),
      must(house_->ledger->keys().need(package_key_name(bundle().id))).view()));
  EXPECT_EQ(bundle().package_id, base::Bytes(job.package_id.begin(), job.package_id.end()));
  const auto batch = must(jobs::parse_instances(must(lease->more({0, 2}))));
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(read(batch[1]), hip(2).text());
  EXPECT_EQ(claim_prepare(), nullptr);
}

TEST_F(InAHouse, AChildGetsNoInstancesThatItsJobDoesNotHave) {
  arrive({hip(1), hip(2)});
  auto lease = claim_prepare();
  const std::uint32_t huge = 0xFFFFFFFF;
  for (const auto& fetch : std::vector<jobs::Fetch>{
           {0, 0}, {0, 3}, {2, 1}, {3, 1}, {0, 65}, {huge, 1}, {1, huge}, {huge, huge}})
    EXPECT_FALSE(lease->more(fetch).ok()) << fetch.from << " " << fetch.count;
}

TEST_F(InAHouse, WhatTheRouteLeavesOutIsNotHandedOut) {
  house_->settings.routes[1].leave_out_modalities = {"CT"};
  arrive({hip()});
  EXPECT_EQ(claim_prepare(), nullptr);
  EXPECT_THAT(bundle().held, HasSubstr("leaves out every instance"));
}

class ImplausibleReply : public InAHouse {
 protected:
  void refuse(const std::function<void(jobs::PrepareReply&)>& lie) {
    arrive({hip(1), hip(2)});
    auto lease = claim_prepare();
    auto reply = prepared(work_job<jobs::PrepareJob>(*lease));
    lie(reply);
    EXPECT_EQ(outbox_files(), 2u);
    must(lease->finish(reply));
    EXPECT_EQ(bundle().state, "planned");
    EXPECT_FALSE(bundle().held.empty());
    EXPECT_EQ(outbox_files(), 0u);
    EXPECT_FALSE(has_key(package_key_name(bundle().id)));
    EXPECT_FALSE(has_key(index_key_name(bundle().id)));
    EXPECT_TRUE(audited("bundle.held"));
    lease.reset();
    EXPECT_EQ(claim_prepare(), nullptr);
    EXPECT_EQ(claim_verify(), nullptr);
  }
};

TEST_F(ImplausibleReply, WithALengthThatTheFileHasNot) {
  refuse([](auto& reply) { ++reply.package.sealed_length; });
}
TEST_F(ImplausibleReply, WithAContentThatDoesNotFitItsPadding) {
  refuse([](auto& reply) { reply.package.length *= 100; });
}
TEST_F(ImplausibleReply, WithAnEmptyIndex) {
  refuse([](auto& reply) { reply.index.length = 0; });
}
TEST_F(ImplausibleReply, WithALengthOfAllOnes) {
  refuse([](auto& reply) { reply.package.length = ~std::uint64_t{0}; });
}
TEST_F(ImplausibleReply, WithMoreInstancesThanItWasGiven) {
  refuse([](auto& reply) { ++reply.released; });
}
TEST_F(ImplausibleReply, WithAnInstanceMissing) {
  refuse([](auto& reply) { --reply.released; });
}
TEST_F(ImplausibleReply, WithNothingReleased) {
  refuse([](auto& reply) {
    reply.released = 0;
    reply.setbacks = {{1, "x"}, {2, "y"}};
  });
}
TEST_F(ImplausibleReply, WithASetbackWhereNoneMayBeDropped) {
  refuse([](auto& reply) {
    reply.released = 1;
    reply.setbacks = {{1, "burned in"}};
  });
}
TEST_F(ImplausibleReply, WithEndlessCounts) {
  refuse([](auto& reply) {
    for (int i = 0; i < 1000; ++i) reply.counts["x" + std::to_string(i)] = 1;
  });
}
TEST_F(ImplausibleReply, ThatSaysItself) {
  refuse([](auto& reply) {
    reply.sealed = false;
    reply.reason = "an identifier is in the output";
    reply.setbacks = {{1, "residual"}};
  });
}

TEST_F(InAHouse, AnInstanceThatMayBeDroppedIsDroppedAndOnRecord) {
  house_->settings.routes[1].deidentify.drop_instance = true;
  arrive({hip(1), hip(2)});
  auto lease = claim_prepare();
  auto reply = prepared(work_job<jobs::PrepareJob>(*lease));
  reply.released = 1;
  reply.setbacks = {{1, "burned in"}};
  must(lease->finish(reply));
  EXPECT_EQ(bundle().state, "prepared");
  EXPECT_EQ(bundle().instances, 1);
  EXPECT_TRUE(audited("instance.not_released"));
}

TEST_F(InAHouse, AChildThatDiesIsReplacedUnderNewKeysAndInTheEndGivenUp) {
  arrive({hip()});
  base::Bytes last_id;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bundle().held, "");
    auto lease = claim_prepare();
    ASSERT_NE(lease, nullptr) << i;
    EXPECT_NE(bundle().package_id, last_id);
    last_id = bundle().package_id;
    must(lease->lost());
    EXPECT_EQ(outbox_files(), 0u);
    EXPECT_FALSE(has_key(package_key_name(bundle().id)));
    auto row = bundle();
    row.next_attempt = 0;
    must(house_->ledger->update(row, "planned"));
  }
  EXPECT_THAT(bundle().held, HasSubstr("crashed"));
}

// What a quarantined instance has brought stays forbidden, for preparing and for verifying alike.
TEST_F(InAHouse, IdentifiersOfWhatWasQuarantinedAreStillForbidden) {
  auto other = hip(2);
  other.patient = "P2";
  arrive({hip(1), other});
  must(quarantine_instance(*house_, {{"id", "2"}}));
  must(release(*house_, {{"id", std::to_string(study().id)}}));
  must(service::route(*house_));
  const std::vector<identity::Identifier> both = {{identity::Kind::Id, "P1"},
                                                  {identity::Kind::Id, "P2"}};
  auto lease = claim_prepare();
  const auto job = work_job<jobs::PrepareJob>(*lease);
  EXPECT_EQ(job.instances, 1u);
  EXPECT_EQ(job.identifiers.reveal(), both);
  lease.reset();
  prepare_one();
  const auto verified = must(jobs::parse_verify_job(claim_verify()->take_job()));
  EXPECT_EQ(verified.identifiers.reveal(), both);
}

TEST_F(InAHouse, ABundleWhoseStudyHasNothingLeftIsNotVerifiedAgainstNothing) {
  arrive({hip()});
  prepare_one();
  must(quarantine_instance(*house_, {{"id", "1"}}));
  EXPECT_EQ(claim_verify(), nullptr);
  EXPECT_EQ(bundle().state, "planned");
}

TEST_F(InAHouse, AVerifyJobHasKeysThatOpenWhatWasSealed) {
  arrive({hip()});
  prepare_one();
  auto lease = claim_verify();
  ASSERT_NE(lease, nullptr);
  const auto job = must(jobs::parse_verify_job(lease->take_job()));
  for (const auto* blob : {&job.package, &job.index}) {
    const auto opener = seal::Opener::open_with_segment_key(
        blob->segment_key.copy(),
        [&](std::uint64_t offset, std::span<std::uint8_t> into) {
          return disk::read_exact_at(blob->file.get(), into, offset);
        },
        must(disk::size_of(blob->file.get())));
    ASSERT_TRUE(opener.ok());
    EXPECT_EQ(opener.value().size(), share::padded_size(blob->length));
  }
  EXPECT_TRUE(job.deidentified);
  EXPECT_EQ(job.instances, 1u);
  EXPECT_EQ(job.identifiers.reveal().size(), 1u);
}

TEST_F(InAHouse, WhatVerifyRefusesIsHeldAndItsKeysAndFilesAreErased) {
  arrive({hip()});
  prepare_one();
  auto lease = claim_verify();
  auto reply = clean();
  reply.clean = false;
  reply.reason = "an identifier\x07";
  must(lease->finish(reply));
  EXPECT_EQ(bundle().state, "planned");
  EXPECT_EQ(bundle().held, "verify refused it: an identifier?");
  EXPECT_EQ(outbox_files(), 0u);
  EXPECT_FALSE(has_key(package_key_name(bundle().id)));
  EXPECT_FALSE(has_key(index_key_name(bundle().id)));
  lease.reset();
  EXPECT_EQ(claim_upload(), nullptr);
  must(release(*house_, {{"id", "bundle:" + std::to_string(bundle().id)}}));
  EXPECT_NE(claim_prepare(), nullptr);
}

TEST_F(InAHouse, AVerifierThatDiesThreeTimesHasTheBundleHeld) {
  arrive({hip()});
  prepare_one();
  for (int i = 0; i < 3; ++i) {
    auto lease = claim_verify();
    ASSERT_NE(lease, nullptr);
    must(lease->lost());
  }
  EXPECT_EQ(bundle().state, "planned");
  EXPECT_FALSE(bundle().held.empty());
  EXPECT_EQ(outbox_files(), 0u);
}

TEST_F(InAHouse, ABundleWhoseFileOrKeyIsLostIsPreparedAgain) {
  arrive({hip()});
  prepare_one();
  must(house_->ledger->keys().erase(index_key_name(bundle().id)));
  EXPECT_EQ(claim_verify(), nullptr);
  EXPECT_EQ(bundle().state, "planned");
  EXPECT_EQ(bundle().held, "");
  prepare_one();
  verify_one();
  fs::remove(folder_ + "/storage/outbox/" + outbox_name(bundle().package_id));
  EXPECT_EQ(claim_upload(), nullptr);
  EXPECT_EQ(bundle().state, "planned");
  EXPECT_TRUE(audited("bundle.prepare_again"));
  publish();
  EXPECT_EQ(bundle().state, "published");
}

TEST_F(InAHouse, WhatThePortalHoldsOfABundleThatIsPreparedAgainIsDeletedThere) {
  arrive({hip()});
  prepare_one();
  verify_one();
  must(claim_upload()->finish(done()));  // the package
  const auto before = bundle();
  fs::remove(folder_ + "/storage/outbox/" + outbox_name(before.index_id));
  EXPECT_EQ(claim_upload(), nullptr);
  publish();
  std::vector<std::string> deleted;
  while (auto lease = claim_end()) {
    deleted.push_back(send_job<jobs::PortalJob>(*lease).path);
    must(lease->finish(done()));
  }
  const auto path_of = [](const base::Bytes& bytes) {
    share::Id id{};
    std::copy(bytes.begin(), bytes.end(), id.begin());
    return "/d/1/blobs/" + share::id_text(id);
  };
  EXPECT_THAT(deleted, testing::ElementsAre(path_of(before.package_id), path_of(before.index_id)));
  EXPECT_EQ(bundle().state, "published");
  EXPECT_TRUE(has_key(package_key_name(bundle().id)));
  EXPECT_EQ(bundle(before.id + 1).state, "deleted");
  (void)entrust();
}

TEST_F(InAHouse, OnlyADigestThatVerifyReturnedEntersTheLedger) {
  arrive({hip()});
  prepare_one();
  EXPECT_TRUE(bundle().package_sums.empty());
  verify_one();
  EXPECT_EQ(bundle().state, "sealed");
  EXPECT_EQ(bundle().package_sums, base::to_bytes(clean().package.sums_sha256));
  EXPECT_EQ(bundle().index_sha256, base::to_bytes(clean().index.sha256));
}

TEST_F(InAHouse, BothBlobsAreUploadedAndThenLeaveTheOutbox) {
  arrive({hip()});
  prepare_one();
  verify_one();
  auto first = claim_upload();
  const auto package = send_job<jobs::UploadJob>(*first);
  EXPECT_EQ(base::to_bytes(package.blob), bundle().package_id);
  EXPECT_EQ(package.sealed_length, must(disk::size_of(package.file.get())));
  EXPECT_EQ(base::to_bytes(package.sums_sha256), bundle().package_sums);
  EXPECT_EQ(claim_upload(), nullptr);
  must(first->finish(done()));
  first.reset();
  EXPECT_EQ(bundle().state, "sealed");
  EXPECT_EQ(outbox_files(), 2u);
  auto second = claim_upload();
  EXPECT_EQ(base::to_bytes(send_job<jobs::UploadJob>(*second).blob), bundle().index_id);
  must(second->finish(done()));
  EXPECT_EQ(bundle().state, "published");
  EXPECT_EQ(outbox_files(), 0u);
  EXPECT_TRUE(has_key(package_key_name(bundle().id)));
}

TEST_F(InAHouse, AnUploadThatFailsIsTriedAgainLater) {
  arrive({hip()});
  prepare_one();
  verify_one();
  auto lease = claim_upload();
  must(lease->finish(failed()));
  lease.reset();
  EXPECT_EQ(bundle().held, "");
  EXPECT_EQ(bundle().attempts, 1);
  EXPECT_GT(bundle().next_attempt, house_->now());
  EXPECT_EQ(claim_upload(), nullptr);
  must(retry(*house_, {{"id", "bundle:" + std::to_string(bundle().id)}}));
  auto again = claim_upload();
  ASSERT_NE(again, nullptr);
  must(again->lost());
  EXPECT_EQ(bundle().attempts, 1);
  EXPECT_EQ(outbox_files(), 2u);
}

TEST_F(InAHouse, AnUploadThatThePortalRefusesIsHeld) {
  arrive({hip()});
  prepare_one();
  verify_one();
  auto lease = claim_upload();
  ASSERT_NE(lease, nullptr);
  must(lease->finish(failed(base::Remedy::AskAdministrator)));
  EXPECT_EQ(bundle().held, "451 later");
  EXPECT_EQ(bundle().state, "sealed");
  lease.reset();
  EXPECT_EQ(claim_upload(), nullptr);
  must(release(*house_, {{"id", "bundle:" + std::to_string(bundle().id)}}));
  EXPECT_NE(claim_upload(), nullptr);
}

TEST_F(InAHouse, AFileThatIsNotWhatWasSealedIsSealedAnewAFewTimesThenHeld) {
  arrive({hip()});
  for (int again = 0; again < 3; ++again) {
    prepare_one();
    verify_one();
    const auto before = bundle();
    must(claim_upload()->finish(failed(base::Remedy::Reject)));
    EXPECT_EQ(bundle().state, "planned");
    EXPECT_EQ(outbox_files(), 0u);
    EXPECT_EQ(bundle().held, "");
    EXPECT_EQ(before.id, bundle().id);
  }
  prepare_one();
  verify_one();
  must(claim_upload()->finish(failed(base::Remedy::Reject)));
  EXPECT_EQ(bundle().held, "451 later");
  EXPECT_EQ(bundle().state, "sealed");
}

TEST_F(InAHouse, TheSweepRemovesWhatNoBundleNames) {
  arrive({hip()});
  prepare_one();
  std::ofstream(folder_ + "/storage/outbox/" + std::string(32, 'a') + ".blob") << "left over";
  restart();
  must(sweep(*house_));
  EXPECT_EQ(outbox_files(), 2u);
  verify_one();
}

TEST_F(InAHouse, AFullOutboxKeepsSealingBackAndSaysSo) {
  house_->settings.storage.low_water_bytes = std::uint64_t{1} << 60;
  arrive({hip()});
  EXPECT_EQ(claim_prepare(), nullptr);
  EXPECT_TRUE(house_->hints.outbox_full);
  EXPECT_EQ(bundle().held, "");
  house_->settings.storage.low_water_bytes = 1;
  EXPECT_NE(claim_prepare(), nullptr);
  EXPECT_FALSE(house_->hints.outbox_full);
}

}  // namespace
}  // namespace service
