// From a published bundle to a share that ends. The recipient's side is played by the rooms share
// and seal: what the link and the code open is what was meant.
#include "made_house.h"

namespace service {
namespace {

using testing::HasSubstr;

std::array<std::uint8_t, 32> hash(base::ByteView bytes) { return seal::sha256(bytes); }

class AShare : public InAHouse {
 protected:
  AShare() {
    arrive({Content{"1.2.1", "1.2.1.1", kPatient}});
    publish();
  }
  // With a character that random base64url never shows.
  static constexpr const char* kPatient = "P 1";
  std::string link_in(const std::string& mail) {
    const auto policy = must(parse_policy(share().policy));
    if (!mail.empty()) return mail;
    return must(link_of(*house_, share(), policy));
  }
  static std::uint8_t byte(share::Mode mode) { return static_cast<std::uint8_t>(mode); }
  // As the recipient's page does: from the link and the code alone.
  share::Grant opened(const share::Record& record, const std::string& text,
                      const std::string& code) {
    const auto link = must(share::parse_link(text, hash));
    const auto normal = share::normal_code(link.mode, code);
    const auto root = seal::root(byte(link.mode), link.id, link.secret, normal.value_or(""));
    const auto keys = seal::root_keys(byte(link.mode), link.id, root);
    const auto& sealed = record.take_grant.value();
    const std::size_t check = keys.take_check.size();
    if (!base::equal_in_constant_time(base::ByteView(sealed).first(check), keys.take_check.view()))
      throw std::runtime_error("the check value differs");
    const auto plain = must(seal::open_bytes(
        keys.take_key, seal::grant_ad(byte(link.mode), link.id, 2, record.arm, record.issue),
        base::ByteView(sealed).subspan(check)));
    return must(share::parse_grant(base::as_text(plain)));
  }
  std::string code() { return must(share_code(*house_, {{"id", share().id}})).text; }
  std::int64_t lifetime() { return must(parse_policy(share().policy)).lifetime; }
};

TEST_F(AShare, IsOpenedByItsLinkAndItsCode) {
  const auto record = entrust();
  const auto link = link_in("");
  const auto grant = opened(record, link, code());
  EXPECT_EQ(grant.share, share_id(share()));
  EXPECT_EQ(grant.scope, share::Scope::Take);
  EXPECT_EQ(grant.not_after, share().not_after);
  EXPECT_EQ(grant.sender, "St. Example Hospital, Radiology");
  ASSERT_EQ(grant.blobs.size(), 2u);
  EXPECT_EQ(base::to_bytes(grant.blobs[0].id), bundle().package_id);
  EXPECT_EQ(grant.blobs[0].length, 5000u);
  EXPECT_EQ(base::to_bytes(grant.blobs[0].sums), bundle().package_sums);
  EXPECT_EQ(base::to_bytes(grant.blobs[1].sha256), bundle().index_sha256);
  EXPECT_TRUE(base::equal_in_constant_time(
      grant.blobs[0].key.view(),
      must(house_->ledger->keys().need(package_key_name(bundle().id))).view()));
  EXPECT_THROW((void)opened(record, link, "AAAA-AAAA-AAAA"), std::runtime_error);
}

TEST_F(AShare, ProvesLinkAndCodeWithoutTellingThem) {
  const auto record = entrust();
  const auto link = must(share::parse_link(link_in(""), hash));
  const auto keys = seal::link_keys(byte(link.mode), link.id, link.secret);
  EXPECT_EQ(record.link_proof_sha256, seal::sha256(keys.link_proof.view()));
  const auto normal = share::normal_code(link.mode, code()).value();
  const auto root = seal::root_keys(byte(link.mode), link.id,
                                    seal::root(byte(link.mode), link.id, link.secret, normal));
  EXPECT_EQ(record.code_proof_sha256, seal::sha256(root.code_proof.view()));
  const auto cover = must(share::parse_cover(base::as_text(must(seal::open_bytes(
      keys.cover_key, seal::cover_ad(byte(link.mode), link.id, record.arm), record.cover)))));
  EXPECT_EQ(cover.code_by, "operator");
  EXPECT_EQ(cover.contact, "+1 555 0100");
}

TEST_F(AShare, TellsThePortalNothingThatOpensIt) {
  auto lease = claim_entrust();
  must(lease->finish(done(share::write_time(house_->now()))));
  lease = claim_entrust();
  const auto job = send_job<jobs::PortalJob>(*lease);
  EXPECT_EQ(job.method, "PUT");
  EXPECT_EQ(job.path, "/d/1/shares/" + share::id_text(share_id(share())));
  const auto secret = must(house_->ledger->keys().need(secret_key_name(share())));
  const auto link = link_in("");
  for (const std::string& hidden : {base::to_base64url(secret.view()), base::to_hex(secret.view()),
                                    code(), link.substr(link.find('#') + 1), std::string("doe@"),
                                    std::string("Dr. Doe"), std::string(kPatient)})
    EXPECT_EQ(job.body.find(hidden), std::string::npos);
}

TEST_F(AShare, IsMailedOnceWithItsLinkAndThenTheSecretGoes) {
  EXPECT_EQ(claim_announce(), nullptr);  // not before the portal calls it ready
  entrust();
  const auto message_id = share().message_id;
  const auto id = share::id_text(share_id(share()));
  const auto mail = announce();
  EXPECT_THAT(mail, HasSubstr(message_id));
  EXPECT_THAT(mail, HasSubstr("doe@practice.example"));
  EXPECT_EQ(mail.find(code()), std::string::npos);
  EXPECT_EQ(share().state, "announced");
  EXPECT_FALSE(has_key(secret_key_name(share())));
  EXPECT_TRUE(has_key(root_key_name(share())));
  EXPECT_EQ(claim_announce(), nullptr);
  EXPECT_TRUE(audited("share.announced"));
}

TEST_F(AShare, WhoseMailIsPostponedKeepsItsLinkAndMessageID) {
  entrust();
  const auto link = link_in("");
  const auto message_id = share().message_id;
  auto lease = claim_announce();
  (void)lease->take_job();
  must(lease->finish(failed()));
  lease.reset();
  EXPECT_EQ(share().state, "waiting");
  EXPECT_EQ(claim_announce(), nullptr);
  set_due();
  EXPECT_EQ(link_in(""), link);
  EXPECT_THAT(announce(), HasSubstr(message_id));
}

TEST_F(AShare, WhoseMailADamagedLedgerCannotNoteIsNotMailedAgain) {
  entrust();
  auto lease = claim_announce();
  auto elsewhere = must(database::Database::open(folder_ + "/storage/ledger/ledger.db"));
  must(elsewhere.execute("ALTER TABLE note RENAME TO damaged"));
  const auto noted = lease->finish(done());
  ASSERT_FALSE(noted.ok());
  EXPECT_EQ(noted.fault().remedy, base::Remedy::AskAdministrator);
  lease.reset();
  must(elsewhere.execute("ALTER TABLE damaged RENAME TO note"));
  set_due();
  EXPECT_EQ(claim_announce(), nullptr);
  EXPECT_EQ(share().state, "announced");
}

TEST_F(AShare, WhoseMailIsRefusedIsHeld) {
  entrust();
  auto lease = claim_announce();
  must(lease->finish(failed(base::Remedy::Reject)));
  EXPECT_EQ(share().held, "451 later");
  EXPECT_TRUE(audited("share.held"));
  lease.reset();
  set_due();
  EXPECT_EQ(claim_announce(), nullptr);
  must(release(*house_, {{"id", "share:" + share().id}}));
  (void)announce();
  EXPECT_EQ(share().state, "announced");
}

TEST_F(AShare, WhoseRecordThePortalRefusesIsHeld) {
  auto lease = claim_entrust();
  must(lease->finish(done(share::write_time(house_->now()))));
  lease = claim_entrust();
  must(lease->finish(failed(base::Remedy::AskAdministrator)));
  EXPECT_FALSE(share().held.empty());
  EXPECT_FALSE(share().ready);
  lease.reset();
  set_due();
  EXPECT_EQ(claim_entrust(), nullptr);
  EXPECT_EQ(claim_announce(), nullptr);
}

TEST_F(AShare, IsNotReadyUnlessThePortalSaysJustThat) {
  auto lease = claim_entrust();
  must(lease->finish(done("no JSON")));  // of the time
  lease.reset();
  must(claim("entrust2", make_entrust)->finish(done(share::write_time(house_->now()))));
  share::RecordAnswer staged;
  staged.state = share::State::Staged;
  staged.not_after = house_->now() + 1000;
  share::RecordAnswer older;
  older.state = share::State::Ready;
  older.issue = 77;
  for (const auto& body :
       {std::string("{}"), share::write_record_answer(staged), share::write_record_answer(older)}) {
    lease = claim("entrust2", make_entrust);
    ASSERT_NE(lease, nullptr);
    must(lease->finish(done(body)));
    EXPECT_FALSE(share().ready);
    EXPECT_FALSE(share().held.empty());
    lease.reset();
    must(release(*house_, {{"id", "share:" + share().id}}));
  }
}

TEST_F(AShare, EndsByThePortalsClock) {
  auto lease = claim_entrust();
  must(lease->finish(done(share::write_time(house_->now() + 5000))));
  lease.reset();
  const auto record = entrust();
  EXPECT_NEAR(static_cast<double>(record.not_after),
              static_cast<double>(house_->now() + 5000 + lifetime()), 5.0);
  EXPECT_EQ(share().not_after, record.not_after);
}

TEST_F(AShare, SentAgainHasANewArmLinkCodeAndMail) {
  const auto first_record = entrust();
  const auto first_link = link_in("");
  const auto first_code = code();
  const auto first_id = share().message_id;
  (void)announce();
  must(resend(*house_, {{"id", share().id}}));
  EXPECT_EQ(share().arm, 2);
  EXPECT_EQ(share().state, "waiting");
  EXPECT_FALSE(has_key(root_key_name(share())));
  const auto record = entrust();
  EXPECT_EQ(record.arm, 2u);
  EXPECT_GT(record.issue, first_record.issue);
  EXPECT_NE(link_in(""), first_link);
  EXPECT_NE(share().message_id, first_id);
  EXPECT_EQ(opened(record, link_in(""), code()).arm, 2u);
  EXPECT_THROW((void)opened(record, first_link, first_code), std::runtime_error);
  EXPECT_NE(record.link_proof_sha256, first_record.link_proof_sha256);
  EXPECT_THAT(announce(), HasSubstr(share().message_id));
}

TEST_F(AShare, ExtendedKeepsItsArmAndLinkAndRaisesItsIssue) {
  const auto first = entrust();
  const auto link = link_in("");
  const auto its_code = code();
  const auto end = share().not_after;
  (void)announce();
  must(extend(*house_, {{"id", share().id}, {"seconds", "86400"}}));
  EXPECT_EQ(share().state, "announced");
  const auto record = entrust();
  EXPECT_EQ(record.arm, first.arm);
  EXPECT_GT(record.issue, first.issue);
  EXPECT_EQ(record.not_after, end + 86400);
  EXPECT_EQ(record.link_proof_sha256, first.link_proof_sha256);
  EXPECT_EQ(record.cover, first.cover);
  EXPECT_EQ(opened(record, link, its_code).not_after, end + 86400);
  EXPECT_EQ(claim_announce(), nullptr);  // no second mail
}

TEST_F(AShare, IsExtendedByANumberOfSecondsAndNothingElse) {
  EXPECT_NE(must(extend(*house_, {{"id", share().id}, {"seconds", "60"}})).exit_code, 0);
  entrust();
  for (const char* text : {"", "-5", "1e9", "9999999999", "5 "})
    EXPECT_NE(must(extend(*house_, {{"id", share().id}, {"seconds", text}})).exit_code, 0) << text;
}

TEST_F(AShare, ThatGetsALateRevisionKeepsItsLinkAndOpensTheNewBundle) {
  entrust();
  const auto link = link_in("");
  const auto its_code = code();
  (void)announce();
  const auto before = bundle();
  Content late;
  late.instance = "1.2.1.9";
  late.patient = kPatient;
  arrive({late}, 2);
  must(release(*house_, {{"id", std::to_string(study().id)}}));
  must(service::route(*house_));
  EXPECT_EQ(claim_end(), nullptr);  // the portal still serves the old one
  publish();
  const auto record = entrust();
  const auto grant = opened(record, link, its_code);
  EXPECT_EQ(grant.study_revision, 2u);
  EXPECT_EQ(base::to_bytes(grant.blobs[0].id), bundle().package_id);
  EXPECT_NE(bundle().package_id, before.package_id);
  EXPECT_EQ(claim_announce(), nullptr);
  auto lease = claim_end();  // now it goes
  ASSERT_NE(lease, nullptr);
  EXPECT_EQ(send_job<jobs::PortalJob>(*lease).method, "DELETE");
}

TEST_F(AShare, RevokedIsErasedOnceThePortalHasConfirmed) {
  entrust();
  (void)announce();
  const auto root = root_key_name(share());
  const auto bundle_id = bundle().id;
  must(revoke(*house_, {{"id", share().id}}));
  EXPECT_EQ(share().state, "revoking");
  auto lease = claim_end();
  const auto job = send_job<jobs::PortalJob>(*lease);
  EXPECT_EQ(job.method, "POST");
  EXPECT_EQ(job.path, "/d/1/shares/" + share::id_text(share_id(share())) + "/revoke");
  must(lease->finish(failed(base::Remedy::Reject)));
  EXPECT_EQ(share().state, "revoking");  // never given up
  EXPECT_EQ(share().held, "");
  EXPECT_TRUE(has_key(root));
  lease.reset();
  set_due();
  lease = claim_end();
  must(lease->finish(done("{}")));
  lease.reset();
  EXPECT_EQ(share().state, "revoked");
  for (const auto& name : {root, secret_key_name(share()), code_key_name(share())})
    EXPECT_FALSE(has_key(name)) << name;
  for (int i = 0; i < 2; ++i) {
    lease = claim_end();
    ASSERT_NE(lease, nullptr);
    EXPECT_THAT(send_job<jobs::PortalJob>(*lease).path, HasSubstr("/d/1/blobs/"));
    must(lease->finish(done()));
    lease.reset();
  }
  EXPECT_EQ(claim_end(), nullptr);
  EXPECT_EQ(bundle(bundle_id).state, "deleted");
  EXPECT_FALSE(has_key(package_key_name(bundle_id)));
  EXPECT_FALSE(has_key(index_key_name(bundle_id)));
  EXPECT_NE(must(resend(*house_, {{"id", share().id}})).exit_code, 0);
  EXPECT_NE(must(revoke(*house_, {{"id", share().id}})).exit_code, 0);
}

TEST_F(AShare, ThatThePortalNeverHadIsRevokedAllTheSame) {
  must(revoke(*house_, {{"id", share().id}}));
  auto lease = claim_end();
  auto absent = failed(base::Remedy::Reject);
  absent.status = 404;
  must(lease->finish(absent));
  EXPECT_EQ(share().state, "revoked");
}

TEST_F(AShare, ExpiresWhenThePortalSaysThatItIsTime) {
  entrust();
  (void)announce();
  EXPECT_EQ(claim_end(), nullptr);
  auto row = share();
  row.not_after = house_->now() - 1;
  must(house_->ledger->update(row, "announced"));
  auto lease = claim_end();
  EXPECT_EQ(send_job<jobs::PortalJob>(*lease).path, "/d/1/time");
  must(lease->finish(done(share::write_time(row.not_after - 10))));
  lease.reset();
  EXPECT_EQ(share().state, "announced");
  set_due();
  lease = claim_end();
  must(lease->finish(done(share::write_time(row.not_after))));
  EXPECT_EQ(share().state, "expired");
  EXPECT_FALSE(has_key(root_key_name(share())));
  EXPECT_TRUE(audited("share.expired"));
}

TEST_F(AShare, DoesNotExpireWhileTheClockIsInDoubt) {
  entrust();
  (void)announce();
  auto row = share();
  row.not_after = house_->now() - 1;
  must(house_->ledger->update(row, "announced"));
  house_->hints.last_moment.wall -= 2 * 86400;  // as if the clock had jumped by two days
  must(purge(*house_));
  EXPECT_TRUE(house_->hints.purging_suspended);
  EXPECT_EQ(claim_end(), nullptr);
  must(purge(*house_));
  EXPECT_TRUE(house_->hints.purging_suspended);
  must(revoke(*house_, {{"id", share().id}}));
  EXPECT_NE(claim_end(), nullptr);  // a revocation does not wait for clocks
}

TEST_F(AShare, OfAnUnknownOrAmbiguousNameIsRefused) {
  for (const char* id : {"", "zz", "0", "%%%%", "ffffffffffffffffffffffffffffffff"}) {
    EXPECT_FALSE(revoke(*house_, {{"id", id}}).ok()) << id;
    EXPECT_FALSE(share_code(*house_, {{"id", id}}).ok()) << id;
  }
}

}  // namespace
}  // namespace service
