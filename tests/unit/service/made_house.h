// A house in a temporary folder, with hands in place of its children: what they are given is opened
// with the keys that come with it, what they answer is made up. Time is the machine's own; tests
// move the rows instead.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "route/condition.h"
#include "seal/schedule.h"
#include "seal/stream.h"
#include "service/answers.h"
#include "service/facts.h"
#include "service/outbox.h"
#include "service/share_keys.h"
#include "service/stages.h"
#include "share/messages.h"
#include "share/record.h"
#include "spool/scan.h"
#include "spool/source.h"
#include "spool/writer.h"

namespace service {

namespace fs = std::filesystem;

template <typename T>
T must(base::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.fault().where + ": " + result.fault().what);
  return std::move(result).value();
}

// What an instance is made of here, written as its content: study, instance, patient, description.
struct Content {
  std::string study = "1.2.1", instance = "1.2.1.1", patient = "P1", description = "KNEE",
              rest = "";
  std::string text() const {
    return study + "|" + instance + "|" + patient + "|" + description + "|" + rest;
  }
};

class InAHouse : public testing::Test {
 protected:
  InAHouse() {
    std::string name = (fs::temp_directory_path() / "house.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    fs::create_directories(folder_ + "/credentials");
    std::ofstream(folder_ + "/credentials/kek") << std::string(64, '1') << "\n";
    std::ofstream(folder_ + "/credentials/deidentify-key") << std::string(64, '2') << "\n";
    open(settings());
  }
  ~InAHouse() override {
    stages_.clear();
    house_.reset();
    fs::remove_all(folder_);
  }

  void open(settings::Settings with) {
    stages_.clear();
    house_.reset();
    house_ = must(House::open(folder_ + "/dcmcourier.yaml", std::move(with)));
  }
  void restart() { open(house_->settings); }

  static route::Rule rule(const std::string& name, const std::string& description,
                          const std::vector<std::string>& recipients) {
    route::Rule made;
    made.name = name;
    made.match = route::make_test(must(route::parse_subject("study_description")),
                                  route::OneOf{{description}});
    for (const auto& recipient : recipients) made.recipients.push_back({recipient, ""});
    return made;
  }
  settings::Settings settings() const {
    settings::Settings made;
    made.storage.directory = folder_ + "/storage";
    made.storage.low_water_bytes = 1;
    made.storage.outbox_part = 0.9;
    made.runtime_directory = folder_ + "/run";
    made.studies.quiet_period = 0;
    made.portal.url = "https://share.example.org";
    made.mail.from = "radiology@hospital.example";
    made.sender = {"St. Example Hospital", "Radiology", "+1 555 0100"};
    made.recipients = {{"doe", "Dr. Doe", "doe@practice.example", "en", true, {}},
                       {"roe", "Dr. Roe", "roe@practice.example", "en", false, {}}};
    made.routes = {rule("knees", "KNEE", {"doe"}), rule("hips", "HIP", {"doe", "roe"})};
    made.revision = "rev1";
    return made;
  }

  // Arriving.
  void store(const std::vector<Content>& contents, std::uint8_t association = 1) {
    spool::AssociationId id{};
    id.fill(association);
    const auto path = folder_ + "/storage/spool/" + base::to_hex(id);
    fs::create_directories(path);
    std::ofstream(path + "/origin") << spool::write_origin({"[::]:104", "10.1.2.3", "", 1000});
    const auto folder = must(disk::open_folder(path));
    const auto key = must(disk::read_small_file(folder_ + "/storage/spool/key.pub", 100));
    auto writing = must(spool::Association::create(folder.get(), id, key));
    for (const auto& content : contents) {
      auto writer = must(writing.begin());
      must(writer.write(base::as_bytes(content.text())));
      must(writing.commit(std::move(writer)));
    }
    house_->hints.next_sweep = 0;
    must(collect(*house_));
  }
  std::string file_of(const ledger::Instance& instance) const {
    return folder_ + "/storage/spool/" + instance.association + "/" +
           spool::file_name(instance.sequence);
  }

  // What a child reads of an instance with the key that it was given.
  static std::string read(const jobs::SealedInstance& instance) {
    const auto source =
        must(spool::SealedSource::open(instance.file.get(), instance.segment_key.copy()));
    base::Bytes bytes(source.size());
    must(source.read(0, bytes));
    return std::string(base::as_text(bytes));
  }
  static jobs::Facts facts_of(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream stream(text + "|");
    for (std::string part; std::getline(stream, part, '|');) parts.push_back(part);
    jobs::Facts facts;
    facts.study_instance_uid = parts.at(0);
    facts.series_instance_uid = "1.2.3.4";
    facts.sop_instance_uid = parts.at(1);
    facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    facts.patient_id = parts.at(2);
    facts.modality = "CT";
    facts.attributes["00081030"] = {parts.at(3)};
    facts.identifiers = identity::Identifiers({{identity::Kind::Id, parts.at(2)}});
    return facts;
  }
  static jobs::ExamineReply examined(const jobs::ExamineJob& job) {
    jobs::ExamineReply reply;
    for (const auto& instance : job.instances)
      reply.examined.push_back(
          {instance.instance, true, "", base::Sensitive(facts_of(read(instance)))});
    return reply;
  }
  template <typename Job>
  static Job work_job(Lease& lease) {
    return std::get<Job>(must(jobs::parse_work_job(lease.take_job())));
  }
  template <typename Job>
  static Job send_job(Lease& lease) {
    return std::get<Job>(must(jobs::parse_send_job(lease.take_job())));
  }

  Stage& stage(const std::string& name, std::unique_ptr<Stage> (*make)(House&)) {
    auto& made = stages_[name];
    if (made == nullptr) made = make(*house_);
    return *made;
  }
  std::unique_ptr<Lease> claim(const std::string& name, std::unique_ptr<Stage> (*make)(House&)) {
    return must(stage(name, make).claim());
  }
  std::unique_ptr<Lease> claim_examine() { return claim("examine", make_examine); }
  std::unique_ptr<Lease> claim_compare() { return claim("compare", make_compare); }
  std::unique_ptr<Lease> claim_prepare() { return claim("prepare", make_prepare); }
  std::unique_ptr<Lease> claim_verify() { return claim("verify", make_verify); }
  std::unique_ptr<Lease> claim_upload() { return claim("upload", make_upload); }
  std::unique_ptr<Lease> claim_entrust() { return claim("entrust", make_entrust); }
  std::unique_ptr<Lease> claim_announce() { return claim("announce", make_announce); }
  std::unique_ptr<Lease> claim_end() { return claim("end", make_end); }

  void examine_all() {
    while (auto lease = claim_examine())
      must(lease->finish(examined(work_job<jobs::ExamineJob>(*lease))));
  }
  void compare_all() {
    while (auto lease = claim_compare()) {
      const auto job = work_job<jobs::DigestJob>(*lease);
      jobs::DigestReply reply;
      for (const auto& instance : job.instances)
        reply.data_sets.push_back(base::to_hex(seal::sha256(base::as_bytes(read(instance)))));
      must(lease->finish(reply));
    }
  }
  void arrive(const std::vector<Content>& contents, std::uint8_t association = 1) {
    store(contents, association);
    examine_all();
    compare_all();
    must(complete(*house_));
    must(route(*house_));
  }

  // Sealing, as a faithful child would.
  static void seal_into(const disk::Descriptor& file, const base::SecretBytes& key,
                        base::ByteView id, std::uint8_t role, std::uint64_t length) {
    auto sealer =
        must(seal::Sealer::create(key, seal::blob_ad(id, role), [&](base::ByteView bytes) {
          return disk::write_all(file.get(), bytes);
        }));
    must(sealer.give(base::Bytes(share::padded_size(length))));
    must(sealer.finish());
  }
  static jobs::PrepareReply prepared(const jobs::PrepareJob& job) {
    seal_into(job.package, job.package_key, job.package_id, 1, 5000);
    seal_into(job.index, job.index_key, job.index_id, 2, 300);
    jobs::PrepareReply reply;
    reply.sealed = true;
    reply.package = {5000, must(disk::size_of(job.package.get()))};
    reply.index = {300, must(disk::size_of(job.index.get()))};
    reply.released = job.instances;
    reply.series = 1;
    return reply;
  }
  static jobs::VerifyReply clean() {
    jobs::VerifyReply reply;
    reply.clean = true;
    reply.package = {base::Bytes(32, 1), {1}, {2}};
    reply.index = {base::Bytes(32, 3), {3}, {4}};
    return reply;
  }
  static jobs::SendReply done(const std::string& body = "") {
    return {true, base::Remedy::RetryLater, 200, "250 fine", body};
  }
  static jobs::SendReply failed(base::Remedy remedy = base::Remedy::RetryLater) {
    return {false, remedy, 451, "451 later", ""};
  }

  void prepare_one() {
    auto lease = claim_prepare();
    ASSERT_NE(lease, nullptr);
    jobs::PrepareReply reply;
    {
      const auto job = work_job<jobs::PrepareJob>(*lease);
      reply = prepared(job);
    }
    must(lease->finish(reply));
  }
  void verify_one() {
    auto lease = claim_verify();
    ASSERT_NE(lease, nullptr);
    (void)lease->take_job();
    must(lease->finish(clean()));
  }
  void upload_one() {
    for (int i = 0; i < 2; ++i) {
      auto lease = claim_upload();
      ASSERT_NE(lease, nullptr);
      (void)lease->take_job();
      must(lease->finish(done()));
    }
  }
  void publish() {
    prepare_one();
    verify_one();
    upload_one();
  }
  // The portal takes the record; returns it.
  share::Record entrust() {
    auto lease = claim_entrust();
    if (lease == nullptr) throw std::runtime_error("nothing to entrust");
    auto job = send_job<jobs::PortalJob>(*lease);
    if (job.path == "/d/1/time") {
      must(lease->finish(done(share::write_time(house_->now()))));
      lease = claim_entrust();
      if (lease == nullptr) throw std::runtime_error("nothing to entrust");
      job = send_job<jobs::PortalJob>(*lease);
    }
    const auto record = must(share::parse_record(job.body));
    share::RecordAnswer answer;
    answer.state = share::State::Ready;
    answer.arm = record.arm;
    answer.issue = record.issue;
    answer.not_after = record.not_after;
    must(lease->finish(done(share::write_record_answer(answer))));
    return record;
  }
  // The mail that goes out.
  std::string announce() {
    auto lease = claim_announce();
    if (lease == nullptr) throw std::runtime_error("nothing to announce");
    const auto mail = send_job<jobs::MailJob>(*lease);
    must(lease->finish(done()));
    return mail.message;
  }

  ledger::Study study() { return must(house_->ledger->all_studies()).at(0); }
  ledger::Share share(std::size_t i = 0) { return must(house_->ledger->all_shares()).at(i); }
  ledger::Bundle bundle(std::int64_t id = 0) {
    return must(house_->ledger->bundle(id == 0 ? share().bundle : id)).value();
  }
  ledger::Instance instance(std::int64_t id) { return must(house_->ledger->instance(id)).value(); }
  std::size_t outbox_files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_ + "/storage/outbox"), {}));
  }
  bool has_key(const std::string& name) {
    return must(house_->ledger->keys().get(name)).has_value();
  }
  bool audited(const std::string& event) {
    bool found = false;
    must(house_->ledger->chain().each(1, [&](const std::string& line) {
      found |= line.find("\"event\":\"" + event + "\"") != std::string::npos;
      return true;
    }));
    return found;
  }
  void set_due() {
    auto row = share();
    row.next_attempt = 0;
    must(house_->ledger->update(row, row.state));
  }

  std::string folder_;
  std::unique_ptr<House> house_;
  std::map<std::string, std::unique_ptr<Stage>> stages_;
};

}  // namespace service
