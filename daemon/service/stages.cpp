#include "service/stages.h"

#include "journal/events.h"

namespace service {

Stages compose(House& house) {
  Stages stages;
  auto test_mails = make_test_mails();
  stages.test_mails = test_mails.get();
  stages.all.push_back(make_examine(house));
  stages.all.push_back(make_compare(house));
  stages.all.push_back(make_prepare(house));
  stages.all.push_back(make_verify(house));
  stages.all.push_back(make_end(house));
  stages.all.push_back(make_entrust(house));
  stages.all.push_back(make_announce(house));
  stages.all.push_back(make_upload(house));
  stages.all.push_back(make_listen(house));
  stages.all.push_back(std::move(test_mails));
  return stages;
}

namespace {

base::Status renew_spool_key(House& house) {
  return house.clock.monotonic() < house.hints.spool_key_due ? base::Status(base::Done{})
                                                             : house.publish_spool_key();
}

}  // namespace

void run_steps(House& house) {
  const std::pair<const char*, base::Status (*)(House&)> steps[] = {{"spool key", renew_spool_key},
                                                                    {"collect", collect},
                                                                    {"complete", complete},
                                                                    {"route", route},
                                                                    {"purge", purge}};
  for (const auto& [name, step] : steps) {
    const auto done = step(house);
    if (!done.ok()) journal::fault(name, done.fault());
  }
}

}  // namespace service
