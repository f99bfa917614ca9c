// The public side (docs/share.md section 8). Its promise: whoever has not proven the link's secret
// gets one and the same 404; attempts at the code are counted before they are compared.
#pragma once

#include "portal/core.h"
#include "portal/http.h"
#include "portal/rate.h"

namespace portal {

class RecipientSide : public Service {
 public:
  explicit RecipientSide(Core& core);
  Plan admit(const Head& head) override;
  Response answer(const Head& head, const std::string& body) override;
  Response refuse(unsigned status) override;

 private:
  using Handler = base::Result<Response> (RecipientSide::*)(const Head&, const std::string&);
  static Handler handler_of(std::string_view target);

  base::Result<Response> hello(const Head& head, const std::string& body);
  base::Result<Response> open(const Head& head, const std::string& body);
  base::Result<Response> renew(const Head& head, const std::string& body);
  base::Result<Response> receipts(const Head& head, const std::string& body);
  base::Result<Response> get(const Head& head);
  base::Result<Response> blob(const Head& head, const Id& id, bool sums);
  base::Result<Response> page(const Head& head);

  // The share of a right link proof, expired if its time is over; nullopt: the common 404.
  base::Result<std::optional<ShareRow>> proven(const Head& head, const Id& id,
                                               const share::Digest& link_proof);
  base::Result<Response> attempt(const Head& head, const ShareRow& row,
                                 const share::OpenRequest& request);
  Response file_answer(const Head& head, const Id& id, std::uint64_t size);
  void follow(FilePart& part, const TicketRow& ticket, const Digest& hash, const Id& id,
              const Head& head, bool count);

  std::int64_t throttle(const Head& head);
  bool crosses_origin(const Head& head) const;
  Response finished(const Head& head, Response response) const;
  Response settled(const Head& head, base::Result<Response> result) const;

  Core& core_;
  base::Guarded<PerMinute> requests_, failures_;
  base::Guarded<Spacing> slow_;
};

}  // namespace portal
