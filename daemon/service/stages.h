// The stages of dispatch in the order in which a study passes; each file of the same name holds
// one. stages.cpp is the only composer.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "service/stage.h"

namespace service {

// Of a ledger that was restored, or has lost a part: whether it was sent is not known here any
// more.
inline constexpr const char* kMayHaveBeenSent =
    "the ledger was restored: it may have been sent already; release sends it";
inline constexpr const char* kWentBackAt = "went_back_at";  // a note

// Steps that need no child: run on every tick, each finds its own work.
base::Status sweep(House& house);     // once at the start: orphans of spool and outbox
base::Status collect(House& house);   // spool files into the ledger
base::Status complete(House& house);  // studies whose quiet period is over
// One whose quiet period runs: the bundles that it would need now.
base::Status plan_ahead(House& house, const ledger::Study& study);
base::Status route(House& house);  // complete studies to shares, or to unrouted
base::Status purge(House& house);  // originals whose time is over, unless the clock has jumped
base::Status purge_originals(House& house);

std::unique_ptr<Stage> make_examine(House& house);
std::unique_ptr<Stage> make_compare(House& house);
std::unique_ptr<Stage> make_prepare(House& house);
std::unique_ptr<Stage> make_verify(House& house);
std::unique_ptr<Stage> make_upload(House& house);
std::unique_ptr<Stage> make_entrust(House& house);  // the share's record to the portal
std::unique_ptr<Stage> make_announce(House& house);
std::unique_ptr<Stage> make_end(House& house);     // expired, revoked; blobs deleted
std::unique_ptr<Stage> make_listen(House& house);  // the portal's events

// Single deliveries that an administrator asked for.
class Errands : public Stage {
 public:
  using Done = std::function<void(const jobs::SendReply&)>;
  virtual void ask(jobs::SendJob job, Done done) = 0;
  virtual void give_up() = 0;  // nobody is there to take what waits: who asked is told so
};
std::unique_ptr<Errands> make_errands();

struct Stages {
  std::vector<std::unique_ptr<Stage>> all;
  Errands* errands = nullptr;
};
Stages compose(House& house);
// To the journal, but the same words only once a minute: steps are tried again all the time.
void complain(House& house, const std::string& act, const base::Fault& fault);
// One pass of the steps that need no child, in the order of the house.
void run_steps(House& house);

}  // namespace service
