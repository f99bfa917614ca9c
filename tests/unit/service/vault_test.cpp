// Routes that ask for the vault: nothing leaves without its entry, and no other fault stops others.
#include "vault/vault.h"

#include "made_house.h"
#include "service/reidentify.h"

namespace service {
namespace {

class InAVaultedHouse : public InAHouse {
 protected:
  InAVaultedHouse() : holder_(seal::generate_p256()) {
    auto with = settings();
    with.vault_key = holder_.point;
    with.routes[0].deidentify.vault = true;
    open(std::move(with));
  }
  std::string path() const { return folder_ + "/storage/vault/vault.db"; }
  vault::Vault look() { return must(vault::Vault::open(path(), vault::Vault::Begin::No)); }
  std::vector<vault::SensitiveEntry> entries() {
    std::vector<vault::SensitiveEntry> opened;
    for (const auto& row : must(look().all()))
      opened.push_back(must(vault::open_entry(row.sealed, holder_)));
    return opened;
  }
  seal::KeyPair holder_;
};

TEST_F(InAVaultedHouse, TheEntryIsThereBeforeTheChildHasItsJobAndIsOfTheKeysThatTheChildGets) {
  arrive({{}});
  auto lease = claim_prepare();
  ASSERT_NE(lease, nullptr);
  const auto job = work_job<jobs::PrepareJob>(*lease);
  const auto found = entries();
  ASSERT_EQ(found.size(), 1U);
  const auto& entry = found[0].reveal();
  EXPECT_EQ(entry.patient_id, "P1");
  EXPECT_EQ(entry.study_instance_uid, "1.2.1");
  EXPECT_EQ(entry.pseudonym, job.pseudonym);
  EXPECT_EQ(entry.new_study_instance_uid, deidentify::map_uid(job.uid_key, "1.2.1"));
  EXPECT_TRUE(must(look().has(bundle().id, job.package_id)));
}

TEST_F(InAVaultedHouse, ARouteThatDoesNotAskLeavesNothing) {
  arrive({{.description = "HIP"}});
  publish();
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(InAVaultedHouse, AStudyThatIsPreparedTwiceHasOneEntry) {
  arrive({{}});
  prepare_one();
  must(forget_bundle_content(*house_, bundle()));
  {
    auto lease = claim_verify();  // its file is gone: planned again
    EXPECT_EQ(lease, nullptr);
  }
  restart();
  publish();
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(InAVaultedHouse, WithoutItsEntryASealedBundleIsPreparedAgainAndNotUploaded) {
  arrive({{}});
  prepare_one();
  verify_one();
  house_->vault.reset();
  for (const char* end : {"", "-journal"}) fs::remove(path() + end);
  EXPECT_EQ(claim_upload(), nullptr);
  EXPECT_EQ(bundle().state, "planned");
  publish();
  EXPECT_EQ(bundle().state, "published");
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(InAVaultedHouse, ATornVaultHoldsItsBundlesAndNoOthers) {
  fs::create_directories(folder_ + "/storage/vault");
  std::ofstream(path()) << std::string(8192, 'x');
  arrive({{}});
  arrive({{.study = "1.2.2", .instance = "1.2.2.1", .description = "HIP"}}, 2);
  publish();
  EXPECT_EQ(bundle(1).state, "planned");
  EXPECT_FALSE(bundle(1).held.empty());
  EXPECT_EQ(bundle(2).state, "published");
}

TEST_F(InAVaultedHouse, AKeyThatIsGoneFromTheSettingsHoldsWhatWasPlannedWithIt) {
  arrive({{}});
  house_->settings.vault_key.clear();
  EXPECT_EQ(claim_prepare(), nullptr);
  EXPECT_NE(bundle().held.find("keys.vault"), std::string::npos);
}

TEST_F(InAVaultedHouse, LooksGoIntoTheAuditChainOnceEachAndThoseOfAnotherVaultToo) {
  arrive({{}});
  prepare_one();
  must(look().note({0, 5, "root", "shown", 1, 1}));
  const auto text = [&] { return must(take_looks_now(*house_, {})).text; };
  EXPECT_EQ(text(), "looks taken into the audit chain: 1");
  EXPECT_TRUE(audited("vault.looked"));
  restart();
  EXPECT_EQ(text(), "looks taken into the audit chain: 0");
  must(look().note({0, 6, "root", "refused: no key was given", 1, 0}));
  EXPECT_EQ(text(), "looks taken into the audit chain: 1");
  EXPECT_TRUE(audited("vault.refused"));
  house_->vault.reset();
  for (const char* end : {"", "-journal"}) fs::remove(path() + end);
  must(must(vault::Vault::open(path(), vault::Vault::Begin::Yes)).note({0, 7, "x", "shown", 1, 1}));
  EXPECT_EQ(text(), "looks taken into the audit chain: 1");
}

TEST_F(InAVaultedHouse, AnEntryGoesIntoTheVaultThatWasPutInPlaceOfTheOpenOne) {
  arrive({{}});
  prepare_one();
  fs::copy(path(), path() + "-copy");
  fs::rename(path() + "-copy", path());
  arrive({{.study = "1.2.2", .instance = "1.2.2.1"}}, 2);
  EXPECT_NE(claim_prepare(), nullptr);
  EXPECT_EQ(entries().size(), 2U);
}

TEST_F(InAVaultedHouse, LooksAtAnOlderCopyThatWasPutInPlaceAreNotTakenForThoseThatTheChainHas) {
  arrive({{}});
  prepare_one();
  const auto text = [&] { return must(take_looks_now(*house_, {})).text; };
  fs::copy(path(), path() + "-copy");
  must(look().note({0, 5, "root", "shown", 1, 1}));
  must(look().note({0, 6, "root", "shown", 1, 1}));
  EXPECT_EQ(text(), "looks taken into the audit chain: 2");
  fs::rename(path() + "-copy", path());
  must(look().note({0, 7, "root", "exported", 0, 9}));
  EXPECT_FALSE(audited("vault.went_back"));
  EXPECT_EQ(text(), "looks taken into the audit chain: 1");
  EXPECT_TRUE(audited("vault.went_back"));
  EXPECT_EQ(text(), "looks taken into the audit chain: 0");
}

TEST_F(InAVaultedHouse, AProfileOfBeforeTheVaultReadsAsWithoutIt) {
  auto profile = must(parse_profile(write_profile(profile_of(house_->settings.routes[1]))));
  EXPECT_FALSE(profile.vault);
  EXPECT_EQ(write_profile(profile).find("vault"), std::string::npos);
  profile.vault = true;
  EXPECT_TRUE(must(parse_profile(write_profile(profile))).vault);
}

}  // namespace
}  // namespace service
