// Every job and every reply, there and back.
#include "messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "jobs/receive.h"

namespace {

using messages::back;
using messages::must;
using messages::some_facts;
using messages::some_identifiers;
using testing::ElementsAre;

disk::Descriptor memory(const std::string& text) {
  disk::Descriptor file(memfd_create("test", MFD_CLOEXEC));
  EXPECT_TRUE(disk::write_all(file.get(), base::as_bytes(text)).ok());
  return file;
}
std::string content(const disk::Descriptor& file) {
  base::Bytes bytes(must(disk::size_of(file.get())));
  EXPECT_TRUE(disk::read_exact_at(file.get(), bytes, 0).ok());
  return std::string(base::as_text(bytes));
}
base::SecretBytes secret(std::uint8_t byte) { return base::SecretBytes(base::Bytes(32, byte)); }
int first_byte(const base::SecretBytes& secret) { return secret.view()[0]; }

std::vector<jobs::SealedInstance> two_instances() {
  std::vector<jobs::SealedInstance> list;
  list.push_back({11, memory("first"), secret(1)});
  list.push_back({12, memory("second"), secret(2)});
  return list;
}
void expect_two(const std::vector<jobs::SealedInstance>& list) {
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].instance, 11);
  EXPECT_EQ(list[1].instance, 12);
  EXPECT_EQ(content(list[0].file), "first");
  EXPECT_EQ(content(list[1].file), "second");
  EXPECT_EQ(first_byte(list[0].segment_key), 1);
  EXPECT_EQ(first_byte(list[1].segment_key), 2);
}
void expect_some_facts(const jobs::Facts& f) {
  EXPECT_EQ(f.study_instance_uid, "1.1");
  EXPECT_EQ(f.series_instance_uid, "1.2");
  EXPECT_EQ(f.sop_instance_uid, "1.3");
  EXPECT_EQ(f.sop_class_uid, "1.4");
  EXPECT_EQ(f.transfer_syntax_uid, "1.5");
  EXPECT_EQ(f.patient_id, "P\"1\\");
  EXPECT_EQ(f.issuer_of_patient_id, "I");
  EXPECT_EQ(f.patient_name, "Müller^Ünal");
  EXPECT_EQ(f.patient_birth_date, "19700101");
  EXPECT_EQ(f.modality, "CT");
  EXPECT_EQ(f.calling_ae_title, "CT1");
  EXPECT_EQ(f.called_ae_title, "DCM");
  EXPECT_EQ(f.data_set_size, 1ull << 40);
  EXPECT_EQ(f.attributes, some_facts().attributes);
  EXPECT_THAT(f.undecodable, ElementsAre("00081030"));
}

TEST(Jobs, ExamineComesBack) {
  jobs::ExamineJob job{two_instances(), {"0008103E"}};
  const auto read =
      std::get<jobs::ExamineJob>(must(jobs::parse_work_job(jobs::write(std::move(job)))));
  expect_two(read.instances);
  EXPECT_THAT(read.paths, ElementsAre("0008103E"));
}

TEST(Jobs, DigestComesBack) {
  const auto read = std::get<jobs::DigestJob>(
      must(jobs::parse_work_job(jobs::write(jobs::DigestJob{two_instances()}))));
  expect_two(read.instances);
}

TEST(Jobs, InstancesComeBack) {
  expect_two(must(jobs::parse_instances(jobs::write_instances(two_instances()))));
}

TEST(Jobs, PrepareComesBack) {
  jobs::PrepareJob job;
  job.instances = 77;
  job.profile = {"basic", {"modify_dates", "retain_uids"}, true, true, {"keep 00181030"}};
  job.uid_key = secret(1);
  job.package_key = secret(2);
  job.index_key = secret(3);
  job.pseudonym = "PW96";
  job.shift_days = -42;
  job.identifiers = some_identifiers();
  job.package_id.fill(4);
  job.index_id.fill(5);
  job.package = memory("package");
  job.index = memory("index");
  job.pad = false;
  job.compress = false;
  job.sender = "St. Example";
  job.contact = "+1";
  const auto read =
      std::get<jobs::PrepareJob>(must(jobs::parse_work_job(jobs::write(std::move(job)))));
  EXPECT_EQ(read.instances, 77u);
  EXPECT_EQ(read.profile.base, "basic");
  EXPECT_THAT(read.profile.options, ElementsAre("modify_dates", "retain_uids"));
  EXPECT_TRUE(read.profile.drop_instance);
  EXPECT_TRUE(read.profile.blocklist);
  EXPECT_THAT(read.profile.overrides, ElementsAre("keep 00181030"));
  EXPECT_EQ(first_byte(read.uid_key), 1);
  EXPECT_EQ(first_byte(read.package_key), 2);
  EXPECT_EQ(first_byte(read.index_key), 3);
  EXPECT_EQ(read.pseudonym, "PW96");
  EXPECT_EQ(read.shift_days, -42);
  EXPECT_EQ(read.identifiers, some_identifiers());
  EXPECT_EQ(read.package_id[15], 4);
  EXPECT_EQ(read.index_id[0], 5);
  EXPECT_EQ(content(read.package), "package");
  EXPECT_EQ(content(read.index), "index");
  EXPECT_FALSE(read.pad);
  EXPECT_FALSE(read.compress);
  EXPECT_EQ(read.sender, "St. Example");
  EXPECT_EQ(read.contact, "+1");
}

TEST(Jobs, VerifyComesBack) {
  jobs::VerifyJob job;
  job.package = {{1}, memory("package"), secret(1), 10, 20};
  job.index = {{2}, memory("index"), secret(2), 30, 40};
  job.deidentified = false;
  job.padded = false;
  job.instances = 3;
  job.identifiers = some_identifiers();
  const auto read = must(jobs::parse_verify_job(jobs::write(std::move(job))));
  EXPECT_EQ(read.package.id[0], 1);
  EXPECT_EQ(content(read.package.file), "package");
  EXPECT_EQ(first_byte(read.package.segment_key), 1);
  EXPECT_EQ(read.package.length, 10u);
  EXPECT_EQ(read.package.sealed_length, 20u);
  EXPECT_EQ(content(read.index.file), "index");
  EXPECT_EQ(first_byte(read.index.segment_key), 2);
  EXPECT_EQ(read.index.sealed_length, 40u);
  EXPECT_FALSE(read.deidentified);
  EXPECT_FALSE(read.padded);
  EXPECT_EQ(read.instances, 3u);
  EXPECT_EQ(read.identifiers, some_identifiers());
}

TEST(Jobs, EverySendJobComesBack) {
  jobs::UploadJob upload{{9}, 1ull << 40, {8}, memory("blob")};
  const auto up = std::get<jobs::UploadJob>(
      must(jobs::parse_send_job(jobs::write(jobs::SendJob(std::move(upload))))));
  EXPECT_EQ(up.blob[0], 9);
  EXPECT_EQ(up.sealed_length, 1ull << 40);
  EXPECT_EQ(up.sums_sha256[0], 8);
  EXPECT_EQ(content(up.file), "blob");
  const auto portal = std::get<jobs::PortalJob>(must(jobs::parse_send_job(
      jobs::write(jobs::SendJob(jobs::PortalJob{"PUT", "/d/1/shares/x", "{\"a\":1}"})))));
  EXPECT_EQ(portal.method, "PUT");
  EXPECT_EQ(portal.path, "/d/1/shares/x");
  EXPECT_EQ(portal.body, "{\"a\":1}");
  EXPECT_TRUE(std::holds_alternative<jobs::MailCheckJob>(
      must(jobs::parse_send_job(jobs::write(jobs::SendJob(jobs::MailCheckJob{}))))));
  EXPECT_TRUE(std::holds_alternative<jobs::PublicCheckJob>(
      must(jobs::parse_send_job(jobs::write(jobs::SendJob(jobs::PublicCheckJob{}))))));
  const auto mail = std::get<jobs::MailJob>(must(jobs::parse_send_job(
      jobs::write(jobs::SendJob(jobs::MailJob{"a@x", "b@y", "Subject: ü\r\n\r\nText\r\n"})))));
  EXPECT_EQ(mail.envelope_from, "a@x");
  EXPECT_EQ(mail.to, "b@y");
  EXPECT_EQ(mail.message, "Subject: ü\r\n\r\nText\r\n");
}

TEST(Jobs, OfOneKindAreNotTakenForAnother) {
  EXPECT_FALSE(jobs::parse_verify_job(jobs::write(jobs::DigestJob{})).ok());
  EXPECT_FALSE(jobs::parse_send_job(jobs::write(jobs::DigestJob{})).ok());
  EXPECT_FALSE(jobs::parse_work_job(jobs::write(jobs::SendJob(jobs::MailJob{}))).ok());
  EXPECT_FALSE(jobs::parse_instances(jobs::write(jobs::DigestJob{})).ok());
  EXPECT_FALSE(jobs::parse_work_job({}).ok());
}

TEST(Jobs, WithoutTheirDescriptorsOrKeysAreRefused) {
  auto examine = jobs::write(jobs::ExamineJob{two_instances(), {}});
  examine.descriptors.pop_back();
  EXPECT_FALSE(jobs::parse_work_job(std::move(examine)).ok());
  auto digest = jobs::write(jobs::DigestJob{two_instances()});
  digest.secrets.pop_back();
  EXPECT_FALSE(jobs::parse_work_job(std::move(digest)).ok());
  auto prepare = jobs::write(jobs::PrepareJob{});
  prepare.secrets.pop_back();
  EXPECT_FALSE(jobs::parse_work_job(std::move(prepare)).ok());
  auto verify = jobs::write(jobs::VerifyJob{});
  verify.descriptors.pop_back();
  EXPECT_FALSE(jobs::parse_verify_job(std::move(verify)).ok());
  auto upload = jobs::write(jobs::SendJob(jobs::UploadJob{}));
  upload.descriptors.clear();
  EXPECT_FALSE(jobs::parse_send_job(std::move(upload)).ok());
}

TEST(Replies, ExaminedComesBack) {
  jobs::ExamineReply reply;
  reply.examined.push_back({11, true, "", base::Sensitive(some_facts())});
  reply.examined.push_back({12, false, "not DICOM", {}});
  const auto read = back<jobs::ExamineReply>(reply);
  ASSERT_EQ(read.examined.size(), 2u);
  EXPECT_EQ(read.examined[0].instance, 11);
  EXPECT_TRUE(read.examined[0].accepted);
  expect_some_facts(read.examined[0].facts.reveal());
  EXPECT_FALSE(read.examined[1].accepted);
  EXPECT_EQ(read.examined[1].reason, "not DICOM");
}

TEST(Replies, DigestedFetchAndProgressComeBack) {
  EXPECT_THAT(back<jobs::DigestReply>(jobs::DigestReply{{"aa", ""}}).data_sets,
              ElementsAre("aa", ""));
  EXPECT_EQ(back<jobs::Fetch>(jobs::Fetch{5, 64}).from, 5u);
  EXPECT_EQ(back<jobs::Fetch>(jobs::Fetch{5, 64}).count, 64u);
  EXPECT_EQ(back<jobs::Progress>(jobs::Progress{1ull << 50, 1ull << 51}).of, 1ull << 51);
}

TEST(Replies, PreparedComesBack) {
  jobs::PrepareReply reply;
  reply.sealed = true;
  reply.reason = "r";
  reply.package = {1, 2};
  reply.index = {3, 4};
  reply.released = 5;
  reply.series = 6;
  reply.setbacks = {{7, "burned in"}};
  reply.counts = {{"X", 8}};
  const auto read = back<jobs::PrepareReply>(reply);
  EXPECT_TRUE(read.sealed);
  EXPECT_EQ(read.reason, "r");
  EXPECT_EQ(read.package.length, 1u);
  EXPECT_EQ(read.package.sealed_length, 2u);
  EXPECT_EQ(read.index.length, 3u);
  EXPECT_EQ(read.index.sealed_length, 4u);
  EXPECT_EQ(read.released, 5u);
  EXPECT_EQ(read.series, 6u);
  ASSERT_EQ(read.setbacks.size(), 1u);
  EXPECT_EQ(read.setbacks[0].instance, 7);
  EXPECT_EQ(read.setbacks[0].reason, "burned in");
  EXPECT_EQ(read.counts.at("X"), 8u);
}

TEST(Replies, VerifiedComesBack) {
  jobs::VerifyReply reply;
  reply.clean = true;
  reply.reason = "none";
  reply.package = {base::Bytes(64, 1), {2}, {3}};
  reply.index = {base::Bytes(32, 4), {5}, {6}};
  const auto read = back<jobs::VerifyReply>(reply);
  EXPECT_TRUE(read.clean);
  EXPECT_EQ(read.reason, "none");
  EXPECT_EQ(read.package.sums, base::Bytes(64, 1));
  EXPECT_EQ(read.package.sums_sha256[0], 2);
  EXPECT_EQ(read.package.sha256[0], 3);
  EXPECT_EQ(read.index.sums.size(), 32u);
  EXPECT_EQ(read.index.sums_sha256[0], 5);
  EXPECT_EQ(read.index.sha256[0], 6);
}

TEST(Replies, SentComesBackForEveryRemedy) {
  for (auto remedy :
       {base::Remedy::RetryLater, base::Remedy::Reject, base::Remedy::AskAdministrator}) {
    const auto read = back<jobs::SendReply>(jobs::SendReply{true, remedy, 451, "try later", "{}"});
    EXPECT_TRUE(read.done);
    EXPECT_EQ(read.remedy, remedy);
    EXPECT_EQ(read.status, 451);
    EXPECT_EQ(read.text, "try later");
    EXPECT_EQ(read.body, "{}");
  }
}

TEST(Replies, ALongAnswerOfAPeerIsCutBeforeItTravels) {
  jobs::SendReply reply;
  reply.text.assign(10'000, 'x');
  EXPECT_EQ(back<jobs::SendReply>(reply).text.size(), 500u);
}

TEST(Replies, ANumberThatIsNotWholeIsRefused) {
  for (const char* number : {"1e300", "-1e300", "1.5", "99999999999999999999999"}) {
    const std::string text = std::string(R"({"kind":"progress","of":2,"done":)") + number + "}";
    EXPECT_FALSE(jobs::parse_from_child({text, {}, {}}).ok()) << number;
  }
  EXPECT_TRUE(jobs::parse_from_child({R"({"kind":"progress","of":2,"done":1})", {}, {}}).ok());
}

TEST(Replies, AnAnswerInAnotherEncodingTravelsAtItsFullLength) {
  jobs::SendReply reply;
  for (const char* letter : {"\xE9", "\xC3\xBC", "\xE5\xB1\xB1"}) {
    reply.text = "x";
    while (reply.text.size() < 600) reply.text += letter;
    const auto text = back<jobs::SendReply>(reply).text;
    EXPECT_LE(text.size(), 500u);
    EXPECT_GT(text.size(), 496u);
  }
}

TEST(Replies, TextThatIsNoUTF8Travels) {
  jobs::ExamineReply reply;
  auto facts = some_facts();
  facts.patient_name = "M\xFCller";
  reply.examined.push_back({1, true, "", base::Sensitive(facts)});
  EXPECT_EQ(back<jobs::ExamineReply>(reply).examined[0].facts.reveal().patient_name, "M\uFFFDller");
}

TEST(Facts, ComeBackAsTheLedgerKeepsThem) {
  expect_some_facts(must(jobs::parse_facts(jobs::facts_text(some_facts()))));
  EXPECT_FALSE(jobs::parse_facts("").ok());
  EXPECT_FALSE(jobs::parse_facts("{}").ok());
}

TEST(Reports, OfReceiveComeBack) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
  const disk::Descriptor near(fds[0]);
  const disk::Descriptor far(fds[1]);
  const std::string id(32, 'a');
  ASSERT_TRUE(jobs::send_report(near.get(), {{{id, true}, {std::string(32, 'b'), false}}}).ok());
  const auto packet = jobs::receive_packet(far.get());
  ASSERT_TRUE(packet.ok());
  const auto report = must(jobs::parse_report(*packet.value()));
  ASSERT_EQ(report.open.size(), 2u);
  EXPECT_EQ(report.open[0].id, id);
  EXPECT_TRUE(report.open[0].in_flight);
  EXPECT_FALSE(report.open[1].in_flight);
  for (const char* text :
       {"", "{}", R"({"kind":"associations"})", R"({"kind":"associations","open":[["x"]]})",
        R"({"kind":"associations","open":[[1,true]]})"}) {
    jobs::Packet hostile;
    hostile.text = text;
    EXPECT_FALSE(jobs::parse_report(hostile).ok()) << text;
  }
}

}  // namespace
