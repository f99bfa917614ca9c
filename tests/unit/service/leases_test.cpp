// Jobs in a child's hands while administrators, late revisions and faults change what they are
// about: the house is real (ledger, keys, folders), the child is played.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "service/answers.h"
#include "service/instances.h"
#include "service/outbox.h"
#include "service/share_keys.h"
#include "service/stages.h"
#include "share/record.h"

namespace {

namespace fs = std::filesystem;

settings::Settings settings_in(const std::string& folder) {
  settings::Settings settings;
  settings.storage.directory = folder;
  settings.runtime_directory = folder + "/run";
  settings.portal.url = "https://share.example.org";
  settings.mail.from = "imaging@example.org";
  settings.sender = {"St. Example", "Radiology", "+1 555 0100"};
  settings.recipients = {{"dr-okafor", "Dr. Okafor", "okafor@clinic.example", "en", true, {}}};
  settings.revision = "0123456789ab";
  return settings;
}

jobs::SendReply sent(std::string body = "") {
  jobs::SendReply reply;
  reply.done = true;
  reply.status = 250;
  reply.body = std::move(body);
  return reply;
}

class LeaseTest : public testing::Test {
 protected:
  LeaseTest() {
    std::string name = (fs::temp_directory_path() / "service.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    fs::create_directory(folder_ + "/credentials");
    std::ofstream(folder_ + "/credentials/kek") << std::string(64, 'a');
    auto opened = service::House::open(folder_ + "/dcmcourier.yaml", settings_in(folder_));
    EXPECT_TRUE(opened.ok()) << opened.fault().what;
    house_ = std::move(opened).value();
    make_rows();
  }
  ~LeaseTest() override { fs::remove_all(folder_); }

  ledger::Ledger& ledger() { return *house_->ledger; }

  void make_rows() {
    const auto study = ledger().study_under(base::Bytes(32, 1), house_->now()).value();
    ledger::Bundle bundle;
    bundle.study = study.id;
    bundle.revision = 1;
    bundle.preparation = base::Bytes(32, 2);
    bundle.state = "published";
    bundle.package_id = base::Bytes(16, 3);
    bundle.index_id = base::Bytes(16, 4);
    for (auto* digest :
         {&bundle.package_sums, &bundle.index_sums, &bundle.package_sha256, &bundle.index_sha256})
      *digest = base::Bytes(32, 5);
    bundle.package_length = bundle.index_length = 100;
    bundle.package_sealed = bundle.index_sealed = 156;
    bundle.package_up = bundle.index_up = true;
    bundle_ = ledger().bundle_for(bundle).value().id;
    for (const auto& key : {service::package_key_name(bundle_), service::index_key_name(bundle_)})
      ASSERT_TRUE(ledger().keys().put(key, seal::random_secret(32)).ok());
    ledger::Share share;
    share.id = "00112233445566778899aabbccddeeff";
    share.study = study.id;
    share.bundle = bundle_;
    share.revision = 1;
    share.route = "knee";
    share.recipient = "dr-okafor";
    share.state = "waiting";
    share.policy = service::write_policy({86400, "treatment", true});
    share.issue = 0;
    share.made_at = house_->now();
    share.message_id = service::message_id(*house_, share);
    ASSERT_TRUE(ledger().add(share).ok());
  }

  ledger::Share share() { return ledger().share("0011").value().value(); }
  void change(const std::function<void(ledger::Share&)>& act) {
    auto row = share();
    const auto before = row.state;
    act(row);
    ASSERT_TRUE(ledger().commit([&] { return ledger().update(row, before); }).ok());
  }
  std::unique_ptr<service::Lease> claim(service::Stage& stage) {
    auto lease = stage.claim();
    EXPECT_TRUE(lease.ok()) << lease.fault().what;
    return lease.ok() ? std::move(lease).value() : nullptr;
  }
  void know_time() { house_->hints.portal_asked = house_->clock.monotonic(); }
  std::string ready_answer() {
    share::RecordAnswer answer;
    answer.state = share::State::Ready;
    answer.arm = static_cast<std::uint32_t>(share().arm);
    answer.issue = static_cast<std::uint32_t>(share().issue);
    answer.not_after = house_->now() + 86400;
    answer.now = house_->now();
    return share::write_record_answer(answer);
  }
  void entrust() {
    know_time();
    auto stage = service::make_entrust(*house_);
    auto lease = claim(*stage);
    ASSERT_NE(lease, nullptr);
    ASSERT_TRUE(lease->finish(sent(ready_answer())).ok());
    ASSERT_TRUE(share().ready);
  }
  bool audited(const std::string& event) {
    bool found = false;
    EXPECT_TRUE(ledger()
                    .chain()
                    .each(1,
                          [&](const std::string& line) {
                            found |= line.find('"' + event + '"') != std::string::npos;
                            return true;
                          })
                    .ok());
    return found;
  }

  std::string folder_;
  std::unique_ptr<service::House> house_;
  std::int64_t bundle_ = 0;
};

TEST_F(LeaseTest, a_record_that_is_put_again_after_a_lost_answer_has_a_higher_issue) {
  know_time();
  auto stage = service::make_entrust(*house_);
  auto first = claim(*stage);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(share().issue, 1);
  ASSERT_TRUE(first->lost().ok());
  first.reset();
  change([](ledger::Share& row) { row.next_attempt = 0; });
  auto second = claim(*stage);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(share().issue, 2);
}

TEST_F(LeaseTest, resending_while_the_record_is_on_its_way_is_not_undone_by_the_answer) {
  know_time();
  auto stage = service::make_entrust(*house_);
  auto lease = claim(*stage);
  ASSERT_NE(lease, nullptr);
  const auto answer = ready_answer();
  ASSERT_TRUE(service::resend(*house_, {{"id", "0011"}}).ok());
  ASSERT_TRUE(lease->finish(sent(answer)).ok());
  EXPECT_EQ(share().arm, 2);
  EXPECT_FALSE(share().ready);
}

TEST_F(LeaseTest, resending_while_the_mail_is_on_its_way_gets_its_own_mail) {
  entrust();
  auto stage = service::make_announce(*house_);
  auto lease = claim(*stage);
  ASSERT_NE(lease, nullptr);
  ASSERT_TRUE(service::resend(*house_, {{"id", "0011"}}).ok());
  ASSERT_TRUE(lease->finish(sent()).ok());
  EXPECT_EQ(share().state, "waiting");
  EXPECT_EQ(share().arm, 2);
  EXPECT_TRUE(audited("share.mailed_too_late"));
}

TEST_F(LeaseTest, a_late_revision_while_the_mail_is_on_its_way_is_still_sent_and_not_mailed_twice) {
  entrust();
  auto stage = service::make_announce(*house_);
  auto lease = claim(*stage);
  ASSERT_NE(lease, nullptr);
  change([](ledger::Share& row) {
    row.revision = 2;
    row.ready = false;
    ++row.issue;
  });
  ASSERT_TRUE(lease->finish(sent()).ok());
  EXPECT_EQ(share().state, "announced");
  EXPECT_EQ(share().revision, 2);
  EXPECT_FALSE(share().ready);
}

TEST_F(LeaseTest, a_mail_that_left_before_the_revocation_is_on_record_and_the_revocation_goes_on) {
  entrust();
  auto stage = service::make_announce(*house_);
  auto lease = claim(*stage);
  ASSERT_NE(lease, nullptr);
  ASSERT_TRUE(service::revoke(*house_, {{"id", "0011"}}).ok());
  auto end = service::make_end(*house_);
  EXPECT_EQ(claim(*end), nullptr) << "one job about a share at a time";
  ASSERT_TRUE(lease->finish(sent()).ok());
  EXPECT_EQ(share().state, "revoking");
  EXPECT_TRUE(audited("share.mailed_too_late"));
  lease.reset();
  EXPECT_NE(claim(*end), nullptr);
}

TEST_F(LeaseTest, a_mail_is_not_handed_out_again_at_once_when_its_outcome_could_not_be_written) {
  entrust();
  auto stage = service::make_announce(*house_);
  auto lease = claim(*stage);
  ASSERT_NE(lease, nullptr);
  EXPECT_TRUE(audited("share.mail_attempted"));
  lease.reset();  // as after a commit that failed
  EXPECT_GT(share().next_attempt, house_->now());
  EXPECT_EQ(claim(*stage), nullptr);
}

TEST_F(LeaseTest, holding_while_a_record_is_on_its_way_keeps_the_mail_back) {
  know_time();
  auto stage = service::make_entrust(*house_);
  auto lease = claim(*stage);
  ASSERT_NE(lease, nullptr);
  const auto answer = ready_answer();
  ASSERT_TRUE(service::hold(*house_, {{"id", "share:0011"}}).ok());
  ASSERT_TRUE(lease->finish(sent(answer)).ok());
  lease.reset();
  EXPECT_TRUE(share().ready);
  EXPECT_FALSE(share().held.empty());
  auto announce = service::make_announce(*house_);
  EXPECT_EQ(claim(*announce), nullptr);
}

TEST_F(LeaseTest, holding_a_routed_study_holds_its_shares_and_releasing_releases_them) {
  ASSERT_TRUE(service::hold(*house_, {{"id", std::to_string(share().study)}}).ok());
  EXPECT_EQ(share().held, "held by an administrator");
  ASSERT_TRUE(service::release(*house_, {{"id", std::to_string(share().study)}}).ok());
  EXPECT_EQ(share().held, "");
}

TEST_F(LeaseTest, making_a_code_does_not_release_what_an_administrator_holds) {
  ASSERT_TRUE(service::hold(*house_, {{"id", "share:0011"}}).ok());
  ASSERT_TRUE(service::recipient_code(*house_, {{"id", "dr-okafor"}}).ok());
  EXPECT_FALSE(share().held.empty());
}

TEST_F(LeaseTest, an_instance_that_was_quarantined_meanwhile_is_not_quarantined_twice) {
  ledger::Association association{"00112233445566778899aabbccddeeff", "10.1.2.3", "", 1, 1, false};
  ASSERT_TRUE(ledger().put(association).ok());
  ASSERT_TRUE(ledger().add_received(association, house_->now(), 10).ok());
  const auto instance = ledger().instances_in("received", 1).value().front();
  ASSERT_TRUE(service::quarantine(*house_, instance, "by an administrator").ok());
  ASSERT_TRUE(service::quarantine(*house_, instance, "the child crashed").ok());
  EXPECT_EQ(ledger().instance(instance.id).value()->reason, "by an administrator");
}

TEST_F(LeaseTest, a_study_whose_instances_are_examined_again_is_not_routed_meanwhile) {
  ledger::Association association{"00112233445566778899aabbccddeeff", "10.1.2.3", "", 1, 1, false};
  ASSERT_TRUE(ledger().put(association).ok());
  ASSERT_TRUE(ledger().add_received(association, house_->now(), 10).ok());
  auto instance = ledger().instances_in("received", 1).value().front();
  instance.study = share().study;
  instance.revision = 1;
  auto study = ledger().study(share().study).value().value();
  study.state = "complete";
  ASSERT_TRUE(ledger()
                  .commit([&]() -> base::Status {
                    TRY(ledger().update(instance));
                    return ledger().update(study, "assembling");
                  })
                  .ok());
  ASSERT_TRUE(service::route(*house_).ok());
  EXPECT_EQ(ledger().study(study.id).value()->state, "complete");
  EXPECT_EQ(ledger().study(study.id).value()->held, "");
}

TEST_F(LeaseTest, a_sealed_file_that_somebody_may_still_write_to_is_not_judged) {
  const base::Bytes id(16, 9);
  auto writer = service::make_outbox_file(*house_, id);
  ASSERT_TRUE(writer.ok());
  auto reader = service::open_outbox_file(*house_, id);
  ASSERT_TRUE(reader.ok());
  if (fcntl(reader.value().get(), F_SETLEASE, F_RDLCK) == 0 || errno != EAGAIN)
    GTEST_SKIP() << "no leases on this file system";
  EXPECT_FALSE(service::is_left_alone(reader.value()));
  writer.value().close();
  EXPECT_TRUE(service::is_left_alone(reader.value()));
}

}  // namespace
