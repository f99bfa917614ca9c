// The stages of dispatch in the order in which a study passes; each file of the same name holds
// one. stages.cpp is the only composer.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "service/stage.h"

namespace service {

// Steps that need no child: run on every tick, each finds its own work.
base::Status sweep(House& house);     // once at the start: orphans of spool and outbox
base::Status collect(House& house);   // spool files into the ledger
base::Status complete(House& house);  // studies whose quiet period is over
base::Status route(House& house);     // complete studies to shares, or to unrouted
base::Status purge(House& house);     // originals whose time is over, unless the clock has jumped
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

// A single mail that an administrator asked for.
class TestMails : public Stage {
 public:
  using Done = std::function<void(const jobs::SendReply&)>;
  virtual void ask(jobs::MailJob mail, Done done) = 0;
};
std::unique_ptr<TestMails> make_test_mails();

struct Stages {
  std::vector<std::unique_ptr<Stage>> all;
  TestMails* test_mails = nullptr;
};
Stages compose(House& house);
// One pass of the steps that need no child, in the order of the house.
void run_steps(House& house);

}  // namespace service
