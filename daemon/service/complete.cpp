// Completing: studies whose quiet period is over, whose associations rest and whose files are all
// examined become complete; what may not go on is held.
#include <algorithm>
#include <optional>

#include "assemble/assemble.h"
#include "journal/events.h"
#include "service/facts.h"
#include "service/stages.h"

namespace service {
namespace {

// Since the last receipt, on the monotonic clock where this process has seen it; after a restart on
// the wall clock, drawn in so that a clock set back does not make the study wait longer.
base::Milliseconds quiet_for(House& house, const ledger::Study& study) {
  const auto seen = house.hints.last_receipt.find(study.id);
  if (seen != house.hints.last_receipt.end()) return house.clock.monotonic() - seen->second;
  const auto now = house.now();
  const assemble::Patience patience{house.settings.studies.quiet_period, 0};
  const auto deadline = assemble::drawn_in(study.deadline, now, patience);
  house.hints.last_receipt[study.id] =
      house.clock.monotonic() - (patience.quiet_period - (deadline - now)) * 1000;
  return house.clock.monotonic() - house.hints.last_receipt[study.id];
}

void await_nothing(House& house, std::int64_t study) {
  std::erase_if(house.hints.awaited, [&](const auto& one) { return one.first.first == study; });
}

base::Result<bool> any_in_flight(House& house, std::int64_t study) {
  for (const auto& id : TRY(house.ledger->contributors(study))) {
    const auto open = house.hints.open.find(id);
    if (open != house.hints.open.end() && open->second) return true;
  }
  return false;
}

// What was on its way when the quiet period ended.
base::Result<bool> instance_in_flight(House& house, std::int64_t study) {
  if (!house.hints.receive_connected) return false;
  bool waiting = false;
  for (const auto& id : TRY(house.ledger->contributors(study))) {
    const auto open = house.hints.open.find(id);
    const bool in_flight = open != house.hints.open.end() && open->second;
    const auto association = TRY(house.ledger->association(id));
    if (!association) continue;
    const auto next = association->next_sequence;
    const auto last =
        house.hints.awaited.try_emplace({study, id}, in_flight ? next : next - 1).first->second;
    waiting |= in_flight && next <= last;
  }
  return waiting;
}

// Of those that wait for somebody's repair nobody knows when they move: only studies that came on
// the same associations wait for them too.
base::Result<std::optional<std::int64_t>> oldest_that_moves(House& house) {
  if (house.hints.left_until.empty()) return house.ledger->oldest_received();
  constexpr std::size_t kAtOnce = 256;
  std::optional<std::int64_t> oldest;
  for (std::int64_t after = 0;;) {
    const auto waiting = TRY(house.ledger->instances_in("received", kAtOnce, after));
    if (waiting.empty()) return oldest;
    after = waiting.back().id;
    for (const auto& instance : waiting)
      if (!house.hints.left_until.contains(instance.id))
        oldest = std::min(oldest.value_or(instance.received_at), instance.received_at);
  }
}

// What came beside the study's own instances on their associations may belong to it.
base::Result<bool> unexamined(House& house, const ledger::Study& study) {
  const auto oldest = TRY(oldest_that_moves(house));
  if (!oldest) return false;
  if (*oldest <= study.deadline) return true;
  for (const auto& [association, sequence] : TRY(house.ledger->first_unexamined_beside(study.id))) {
    const auto last = house.hints.awaited.find({study.id, association});
    if (last == house.hints.awaited.end() || sequence <= last->second) return true;
  }
  return false;
}

base::Result<assemble::Progress> progress_of(House& house, const ledger::Study& study,
                                             const assemble::Patience& patience) {
  assemble::Progress progress{study.first_receipt, study.last_receipt, quiet_for(house, study),
                              false, false};
  if (progress.quiet_for < patience.quiet_period * 1000) {
    await_nothing(house, study.id);
    progress.instance_in_flight = TRY(any_in_flight(house, study.id));
    progress.unexamined_older = !TRY(house.ledger->first_unexamined_beside(study.id)).empty();
    return progress;
  }
  progress.instance_in_flight = TRY(instance_in_flight(house, study.id));
  progress.unexamined_older = TRY(unexamined(house, study));
  return progress;
}

base::Status hold(House& house, ledger::Study study, const std::string& reason) {
  study.held = reason;
  TRY(house.ledger->commit([&]() -> base::Status {
    TRY(house.ledger->update(study, study.state));
    return house.ledger->audit("study.held",
                               {{"study", std::to_string(study.id)}, {"reason", reason}});
  }));
  journal::study_held(study.id, reason);
  return base::Done{};
}

base::Status become_complete(House& house, ledger::Study study) {
  const auto instances = TRY(house.ledger->instances_of(study.id));
  study.state = "complete";
  study.held = inconsistency(instances);
  if (study.held.empty() && study.approved == 0)
    study.held = kMayHaveBeenSent;
  else if (study.held.empty() && study.revision > study.approved)
    study.held = "late instances: release sends revision " + std::to_string(study.revision) +
                 " under the same share";
  TRY(house.ledger->commit([&]() -> base::Status {
    TRY(house.ledger->update(study, "assembling"));
    return house.ledger->audit("study.complete", {{"study", std::to_string(study.id)},
                                                  {"revision", std::to_string(study.revision)},
                                                  {"instances", std::to_string(instances.size())},
                                                  {"held", study.held}});
  }));
  house.hints.last_receipt.erase(study.id);
  house.hints.planned_ahead.erase(study.id);
  await_nothing(house, study.id);
  journal::study_completed(study.id, instances.size());
  if (!study.held.empty()) journal::study_held(study.id, study.held);
  return base::Done{};
}

base::Status complete_one(House& house, const ledger::Study& study,
                          const assemble::Patience& patience) {
  const auto progress = TRY(progress_of(house, study, patience));
  switch (assemble::decide(progress, patience)) {
    case assemble::Decision::Complete:
      return become_complete(house, study);
    case assemble::Decision::HoldTooLong:
      return hold(house, study, "instances kept arriving for longer than studies.longest_wait");
    case assemble::Decision::Rest:
      return plan_ahead(house, study);
    case assemble::Decision::Wait:
      break;
  }
  return base::Done{};
}

}  // namespace

base::Status complete(House& house) {
  const assemble::Patience patience{house.settings.studies.quiet_period,
                                    house.settings.studies.longest_wait};
  base::Status outcome = base::Done{};
  for (auto& study : TRY(house.ledger->studies_in("assembling"))) {
    auto done = complete_one(house, study, patience);
    if (!done.ok()) outcome = std::move(done);  // the others go on
  }
  return outcome;
}

}  // namespace service
