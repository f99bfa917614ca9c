// What dispatch answers to `dcmcourier`: one function a command.
#pragma once

#include <functional>

#include "control/control.h"
#include "service/stages.h"

namespace service {

struct Running {  // a job in a child's hands
  std::string what;
  jobs::Progress progress;
};
using ReplyTo = std::function<void(const control::Reply&)>;

// Replies once, now or later (a test mail waits for the mail server).
void answer(House& house, Errands& errands, const std::vector<Running>& running,
            const control::Request& request, const ReplyTo& reply_to);

// What rules ask for since the studies that wait were examined is looked for in them again. Also
// after a restart: the paths that were asked for are in the ledger.
base::Status examine_for_new_rules(House& house);

// Puts valid settings in force: what new rules ask for is examined again, unrouted studies stay so.
base::Status swap_settings(House& house, settings::Settings fresh);

}  // namespace service
