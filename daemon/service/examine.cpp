// Examining: batches of received instances to work, their facts checked and committed once a batch.
// When a child dies, its batch is bisected; a single instance that kills its child is quarantined.
#include <algorithm>
#include <optional>

#include "assemble/assemble.h"
#include "dicom/tag.h"
#include "jobs/json.h"
#include "journal/events.h"
#include "service/callers.h"
#include "service/facts.h"
#include "service/instances.h"
#include "service/stages.h"

namespace service {
namespace {

constexpr std::size_t kBatch = 64;

// What a batch may grow to, for instances whose batch has died before.
using Ceilings = std::map<std::int64_t, std::size_t>;
// How often a child has died with just this instance. Once may be somebody who ended the child, or
// a machine without memory; twice is the instance.
using Deaths = std::map<std::int64_t, int>;

// Why some could not be handed over, said once for all of them.
using Trouble = std::optional<base::Fault>;

bool dies_again(Deaths& deaths, std::int64_t instance) {
  constexpr int kMost = 2;
  if (++deaths[instance] < kMost) return false;
  deaths.erase(instance);
  return true;
}

base::Status open_again(House& house, ledger::Study& study) {
  const std::string before = study.state;
  if (before == "assembling") return base::Done{};
  if (before == "routed") ++study.revision;
  study.state = "assembling";
  TRY(house.ledger->audit("study.late_instance", {{"study", std::to_string(study.id)},
                                                  {"revision", std::to_string(study.revision)}}));
  return house.ledger->update(study, before);
}

// The instance becomes part of its study: late ones open the next revision.
base::Status accept(House& house, ledger::Instance& instance, ledger::Study& study) {
  if (instance.revision == 0) {
    TRY(open_again(house, study));
    TRY(house.ledger->overtake(study.id));
    study.first_receipt = std::min(study.first_receipt, instance.received_at);
    study.last_receipt = std::max(study.last_receipt, instance.received_at);
    study.deadline =
        assemble::deadline(study.last_receipt, {house.settings.studies.quiet_period, 0});
    TRY(house.ledger->update(study, "assembling"));
    instance.revision = study.revision;
    house.hints.last_receipt[study.id] =
        house.clock.monotonic() -
        std::max<base::Milliseconds>(0, (house.now() - study.last_receipt) * 1000);
  }
  instance.state = "examined";
  return house.ledger->update(instance);
}

// By study: what the instances of a batch have brought.
using Brought = std::map<std::int64_t, std::vector<const identity::Identifiers*>>;

base::Status keep(House& house, const Brought& brought) {
  for (const auto& [study, identifiers] : brought) {
    const auto all = identity::united(identifiers);
    std::vector<std::string> texts;
    for (const auto& identifier : all.reveal()) texts.push_back(identity::written(identifier));
    if (TRY(house.ledger->add_identifiers(study, texts))) TRY(house.ledger->overtake(study));
  }
  return base::Done{};
}

// What came before the ledger went back may have been sent already.
base::Result<std::int64_t> approved_at(House& house, base::UnixSeconds received) {
  const auto noted = TRY(house.ledger->note(kWentBackAt));
  return std::int64_t{noted.empty() || received > std::stoll(noted) ? 1 : 0};
}

base::Status place(House& house, ledger::Instance instance, const jobs::Facts& facts,
                   Brought& brought) {
  const auto row = TRY(house.ledger->instance(instance.id));
  if (!row || row->state != "received") return base::Done{};  // quarantined by hand meanwhile
  auto& keys = house.ledger->keys();
  const auto approved = TRY(approved_at(house, instance.received_at));
  auto study = TRY(house.ledger->study_under(keys.digest("study", facts.study_instance_uid),
                                             instance.received_at, approved));
  // Made by one that came later, but examined first.
  if (approved == 0 && study.state == "assembling" && study.revision == 1) {
    study.approved = 0;
    TRY(house.ledger->update(study, "assembling"));
  }
  instance.study = study.id;
  instance.sop_key = keys.digest("instance", facts.sop_instance_uid);
  instance.patient_key = keys.digest("patient", patient_of(facts));
  TRY(house.ledger->put_facts(instance.id, jobs::facts_text(facts)));
  brought[study.id].push_back(&facts.identifiers);
  const auto twin = TRY(house.ledger->first_under(study.id, instance.sop_key));
  if (twin && twin->id != instance.id && instance.revision == 0) {
    instance.twin = twin->id;
    instance.state = "comparing";
    return house.ledger->update(instance);
  }
  return accept(house, instance, study);
}

class ExamineLease : public Lease {
 public:
  ExamineLease(House& house, Ceilings& ceilings, Deaths& deaths,
               std::vector<ledger::Instance> batch, jobs::ExamineJob job)
      : house_(house),
        ceilings_(ceilings),
        deaths_(deaths),
        batch_(std::move(batch)),
        paths_(job.paths),
        job_(std::move(job)) {
    what = "examine " + std::to_string(batch_.size()) + " instances";
  }
  std::vector<Claim> claims;

  jobs::Packet take_job() override { return jobs::write(std::move(job_)); }

  base::Status finish(jobs::FromChild reply) override {
    const auto* examined = std::get_if<jobs::ExamineReply>(&reply);
    if (examined == nullptr || examined->examined.size() != batch_.size())
      return unexpected_reply();
    // Asked under settings that have been swapped: asked again under today's.
    if (paths_ != wanted_paths(house_)) return base::Done{};
    std::vector<std::pair<ledger::Instance, std::string>> refused;
    TRY(house_.ledger->commit([&]() -> base::Status {
      Brought brought;
      SeenCallers callers(house_);
      for (std::size_t i = 0; i < batch_.size(); ++i) {
        const auto& one = examined->examined[i];
        if (one.instance != batch_[i].id) return unexpected_reply();
        const std::string complaint =
            one.accepted ? complaint_about(one.facts.reveal()) : short_reason(one.reason);
        if (complaint.empty()) {
          TRY(place(house_, batch_[i], one.facts.reveal(), brought));
          TRY(callers.saw(batch_[i], one.facts.reveal().calling_ae_title));
        } else {
          refused.emplace_back(batch_[i], complaint);
        }
      }
      TRY(callers.keep());
      return keep(house_, brought);
    }));
    for (const auto& [instance, reason] : refused) {
      const auto done = quarantine(house_, instance, reason);
      if (!done.ok()) return done;
    }
    for (const auto& instance : batch_) {
      ceilings_.erase(instance.id);
      deaths_.erase(instance.id);
    }
    return base::Done{};
  }

  base::Status lost() override {
    journal::child_lost("work", what);
    if (batch_.size() == 1) {
      if (!dies_again(deaths_, batch_.front().id)) {
        ceilings_[batch_.front().id] = 1;
        return base::Done{};
      }
      ceilings_.erase(batch_.front().id);
      return quarantine(house_, batch_.front(),
                        "the child that examined it crashed, hung or grew too large");
    }
    for (const auto& instance : batch_) ceilings_[instance.id] = batch_.size() / 2;
    return base::Done{};
  }

 private:
  House& house_;
  Ceilings& ceilings_;
  Deaths& deaths_;
  std::vector<ledger::Instance> batch_;
  std::vector<std::string> paths_;
  jobs::ExamineJob job_;
};

class Examine : public Stage {
 public:
  explicit Examine(House& house) : house_(house) {}
  Role role() const override { return Role::Work; }

  base::Result<std::unique_ptr<Lease>> claim() override {
    std::vector<ledger::Instance> batch;
    jobs::ExamineJob job;
    Trouble trouble;
    TRY(fill(batch, job, trouble));
    if (trouble) complain(house_, "examine", *trouble);
    if (batch.empty()) return std::unique_ptr<Lease>();
    job.paths = wanted_paths(house_);
    std::vector<Claim> claims;
    for (const auto& instance : batch) claims.emplace_back(claimed_, instance.id);
    auto lease = std::make_unique<ExamineLease>(house_, ceilings_, deaths_, std::move(batch),
                                                std::move(job));
    lease->claims = std::move(claims);
    return std::unique_ptr<Lease>(std::move(lease));
  }

 private:
  // Those that cannot be handed over now leave their places to the ones behind them.
  base::Status fill(std::vector<ledger::Instance>& batch, jobs::ExamineJob& job, Trouble& trouble) {
    std::size_t ceiling = kBatch;
    for (std::int64_t after = 0;;) {
      const auto waiting = TRY(house_.ledger->instances_in("received", kBatch * 4, after));
      if (waiting.empty()) return base::Done{};
      after = waiting.back().id;
      for (const auto& instance : waiting) {
        if (batch.size() >= ceiling) return base::Done{};
        if (claimed_.contains(instance.id) || is_left_for_later(house_, instance.id)) continue;
        const auto own = ceilings_.find(instance.id);
        if (own != ceilings_.end() && batch.size() >= own->second) return base::Done{};
        if (!TRY(add(instance, job, trouble))) continue;
        if (own != ceilings_.end()) ceiling = std::min(ceiling, own->second);
        batch.push_back(instance);
      }
    }
  }

  // False: this one is quarantined instead, or left for later.
  base::Result<bool> add(const ledger::Instance& instance, jobs::ExamineJob& job,
                         Trouble& trouble) {
    auto sealed = hand_over(house_, instance);
    if (sealed.ok()) {
      job.instances.push_back(std::move(sealed).value());
      return true;
    }
    if (sealed.fault().remedy == base::Remedy::Reject) {
      TRY(quarantine(house_, instance, sealed.fault().what));
      return false;
    }
    leave_for_later(house_, instance.id);
    if (!trouble) trouble = std::move(sealed).fault();
    return false;
  }

  House& house_;
  std::set<std::int64_t> claimed_;
  Ceilings ceilings_;
  Deaths deaths_;
};

bool is_kept(const ledger::Instance& instance) {
  return instance.state == "examined" || instance.state == "received";
}

base::Status accept_late(House& house, ledger::Instance& late) {
  auto study = TRY(house.ledger->study(late.study));
  if (!study) return base::reject("service.compare", "its study is gone");
  return accept(house, late, *study);
}

// Comparing: two instances under one SOP Instance UID are the same data set, or they are not.
class CompareLease : public Lease {
 public:
  CompareLease(House& house, Deaths& deaths, ledger::Instance late, jobs::DigestJob job,
               Claim claim)
      : house_(house),
        deaths_(deaths),
        late_(std::move(late)),
        job_(std::move(job)),
        claim_(std::move(claim)) {
    what = "compare instance " + std::to_string(late_.id);
  }
  jobs::Packet take_job() override { return jobs::write(std::move(job_)); }

  base::Status finish(jobs::FromChild reply) override {
    const auto* digests = std::get_if<jobs::DigestReply>(&reply);
    if (digests == nullptr || digests->data_sets.size() != 2) return unexpected_reply();
    const auto& [first, second] = std::tie(digests->data_sets[0], digests->data_sets[1]);
    const bool same = !first.empty() && first == second;
    const auto twin = TRY(house_.ledger->instance(late_.twin));
    // A twin that has left the study leaves nothing that this one could be a duplicate of.
    const bool kept = twin && is_kept(*twin);
    if (same && kept) return drop_duplicate();
    return house_.ledger->commit([&]() -> base::Status {
      if (kept) TRY(note_conflict());
      return accept_late(house_, late_);
    });
  }

  base::Status lost() override {
    journal::child_lost("work", what);
    if (!dies_again(deaths_, late_.id)) return base::Done{};
    return quarantine(house_, late_, "the child that compared it with its twin crashed");
  }

 private:
  base::Status note_conflict() {
    late_.reason =
        "other content under the SOP Instance UID of instance " + std::to_string(late_.twin);
    return house_.ledger->audit("instance.conflicting",
                                {{"instance", std::to_string(late_.id)}, {"reason", late_.reason}});
  }

  base::Status drop_duplicate() {
    TRY(house_.ledger->commit([&] {
      return house_.ledger->audit("instance.duplicate", {{"instance", std::to_string(late_.id)},
                                                         {"of", std::to_string(late_.twin)}});
    }));
    return remove_original(house_, late_, "duplicate",
                           "same data set as instance " + std::to_string(late_.twin));
  }

  House& house_;
  Deaths& deaths_;
  ledger::Instance late_;
  jobs::DigestJob job_;
  Claim claim_;
};

class Compare : public Stage {
 public:
  explicit Compare(House& house) : house_(house) {}
  Role role() const override { return Role::Work; }
  base::Result<std::unique_ptr<Lease>> claim() override {
    for (std::int64_t after = 0;;) {
      const auto waiting = TRY(house_.ledger->instances_in("comparing", kBatch, after));
      if (waiting.empty()) return std::unique_ptr<Lease>();
      after = waiting.back().id;
      for (const auto& late : waiting) {
        if (claimed_.contains(late.id) || is_left_for_later(house_, late.id)) continue;
        auto lease = begin(late);
        if (!lease.ok() || lease.value() != nullptr) return lease;
      }
    }
  }

 private:
  // Null: nothing is left to compare, or not now.
  base::Result<std::unique_ptr<Lease>> begin(const ledger::Instance& late) {
    const auto twin = TRY(house_.ledger->instance(late.twin));
    auto first =
        twin ? hand_over(house_, *twin) : base::reject("service.compare", "its twin is gone");
    auto second = hand_over(house_, late);
    for (const auto* one : {&first, &second})
      if (!one->ok() && one->fault().remedy != base::Remedy::Reject) {
        leave_for_later(house_, late.id);
        complain(house_, "compare", one->fault());
        return std::unique_ptr<Lease>();
      }
    if (!second.ok()) {
      TRY(quarantine(house_, late, second.fault().what));
      return std::unique_ptr<Lease>();
    }
    if (!first.ok()) {
      TRY(take_place(twin, first.fault().what, late));
      return std::unique_ptr<Lease>();
    }
    jobs::DigestJob job;
    job.instances.push_back(std::move(first).value());
    job.instances.push_back(std::move(second).value());
    return std::unique_ptr<Lease>(std::make_unique<CompareLease>(
        house_, deaths_, late, std::move(job), Claim(claimed_, late.id)));
  }

  // The first is damaged or lost: what the modality has sent again is the one to keep.
  base::Status take_place(const std::optional<ledger::Instance>& first, const std::string& reason,
                          ledger::Instance late) {
    if (first && is_kept(*first)) TRY(quarantine(house_, *first, reason));
    return house_.ledger->commit([&] { return accept_late(house_, late); });
  }

  House& house_;
  std::set<std::int64_t> claimed_;
  Deaths deaths_;
};

}  // namespace

std::unique_ptr<Stage> make_examine(House& house) { return std::make_unique<Examine>(house); }
std::unique_ptr<Stage> make_compare(House& house) { return std::make_unique<Compare>(house); }

}  // namespace service
