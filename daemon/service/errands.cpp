// Errands: single deliveries that an administrator asked for and waits for: a test mail, a word to
// the portal. Kept in memory only; who asked sees the answer or asks again.
#include "service/retry.h"
#include "service/stages.h"

namespace service {
namespace {

class ErrandLease : public Lease {
 public:
  ErrandLease(jobs::SendJob job, Errands::Done done)
      : job_(std::move(job)), done_(std::move(done)) {
    what = "an errand of an administrator";
  }
  jobs::Packet take_job() override { return jobs::write(std::move(job_)); }
  base::Status finish(jobs::FromChild reply) override {
    const auto* sent = std::get_if<jobs::SendReply>(&reply);
    if (sent == nullptr) return unexpected_reply();
    done_(*sent);
    return base::Done{};
  }
  base::Status lost() override {
    done_(lost_reply());
    return base::Done{};
  }

 private:
  jobs::SendJob job_;
  Errands::Done done_;
};

class WaitingErrands : public Errands {
 public:
  Role role() const override { return Role::Send; }
  void ask(jobs::SendJob job, Done done) override {
    waiting_.emplace_back(std::move(job), std::move(done));
  }
  void give_up() override {
    jobs::SendReply reply;
    reply.text = "send is not connected";
    for (auto& [job, done] : std::exchange(waiting_, {})) done(reply);
  }
  base::Result<std::unique_ptr<Lease>> claim() override {
    if (waiting_.empty()) return std::unique_ptr<Lease>();
    auto [job, done] = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return std::unique_ptr<Lease>(std::make_unique<ErrandLease>(std::move(job), std::move(done)));
  }

 private:
  std::vector<std::pair<jobs::SendJob, Done>> waiting_;
};

}  // namespace

std::unique_ptr<Errands> make_errands() { return std::make_unique<WaitingErrands>(); }

}  // namespace service
