// The side of the hospital (docs/share.md section 10): uploads by tus 1.0 and the commands on
// shares. Its promise: what is answered as finished is verified and synced; every command may be
// repeated.
#pragma once

#include <set>

#include "portal/core.h"
#include "portal/http.h"

namespace portal {

class DispatchSide : public Service {
 public:
  explicit DispatchSide(Core& core) : core_(core) {}
  Plan admit(const Head& head) override;
  Response answer(const Head& head, const std::string& body) override;
  Response refuse(unsigned status) override;

  // Ids that somebody writes to at this moment, and those that were received whole since this
  // program began (the others are counted again before they are believed).
  struct Uploads {
    std::set<Id> busy;
    std::set<Id> seen_whole;
  };

 private:
  base::Result<Plan> plan(const Head& head);
  base::Result<Response> get(const Head& head);
  base::Result<Response> events(std::string_view after);
  base::Result<Response> create(const Head& head);
  base::Result<Response> make_room_for(const Id& id, std::uint64_t length);
  base::Result<Response> progress(const Id& id);
  base::Result<Plan> patch(const Head& head, const Id& id);
  base::Result<Response> erase(const Id& id);
  base::Result<Response> finish(const Id& id, const std::string& body);
  base::Result<Response> judge(const Id& id, const Finished& stored, std::uint64_t length,
                               const std::string& body);
  base::Result<Response> put(const Id& id, const std::string& body);
  base::Result<Response> command(const Id& id, Act act);
  base::Result<Response> confirm_time(const std::string& body);
  base::Result<Response> answer_or_fault(const Head& head, const std::string& body);

  Core& core_;
  base::Guarded<Uploads> uploads_;
};

}  // namespace portal
