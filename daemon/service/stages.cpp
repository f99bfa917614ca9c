#include "service/stages.h"

#include "journal/events.h"
#include "service/reidentify.h"

namespace service {

Stages compose(House& house) {
  Stages stages;
  auto errands = make_errands();
  stages.errands = errands.get();
  stages.all.push_back(make_examine(house));
  stages.all.push_back(make_compare(house));
  stages.all.push_back(make_prepare(house));
  stages.all.push_back(make_verify(house));
  stages.all.push_back(make_end(house));
  stages.all.push_back(make_entrust(house));
  stages.all.push_back(make_announce(house));
  stages.all.push_back(make_upload(house));
  stages.all.push_back(make_listen(house));
  stages.all.push_back(std::move(errands));
  return stages;
}

namespace {

base::Status renew_spool_key(House& house) {
  return house.clock.monotonic() < house.hints.spool_key_due ? base::Status(base::Done{})
                                                             : house.publish_spool_key();
}

}  // namespace

void complain(House& house, const std::string& act, const base::Fault& fault) {
  constexpr base::Milliseconds kSilence = 60'000;
  auto& said = house.hints.complained;
  const auto now = house.clock.monotonic();
  std::erase_if(said, [&](const auto& one) { return now - one.second >= kSilence; });
  if (said.emplace(act + "\n" + fault.where + "\n" + fault.what, now).second)
    journal::fault(act, fault);
}

void run_steps(House& house) {
  const std::pair<const char*, base::Status (*)(House&)> steps[] = {{"spool key", renew_spool_key},
                                                                    {"collect", collect},
                                                                    {"complete", complete},
                                                                    {"route", route},
                                                                    {"purge", purge},
                                                                    {"vault", take_looks}};
  for (const auto& [name, step] : steps) {
    const auto done = step(house);
    if (!done.ok()) complain(house, name, done.fault());
  }
}

}  // namespace service
