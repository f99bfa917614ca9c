// One recipient's conversation with the portal about one share: hello, open, fetch. Holds root and
// ticket in memory alone.
#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"
#include "opener/transport.h"
#include "seal/schedule.h"
#include "seal/stream.h"
#include "share/messages.h"

namespace opener {

class Session {
 public:
  using Wait = std::function<void(base::Milliseconds)>;

  Session(share::Link link, Transport transport, const base::Clock& clock, Wait wait);

  // What the sender says about the share. A share that cannot be opened now is a Fault in words
  // for the recipient, with the sender's contact.
  base::Result<share::Cover> hello();
  // Derives root from the normal form of the code, proves it, and returns the grant, checked
  // against share, scope, arm, issue and time.
  base::Result<share::Grant> open(const std::string& normal_code);
  // Bytes of an address from `offset` to its end; goes on after network errors and ends of
  // tickets. `sink` sees consecutive bytes.
  base::Status fetch(const std::string& path, std::uint64_t offset, std::uint64_t end,
                     const Transport::Sink& sink);
  // Proof that root was held; what becomes of it does not matter here.
  void send_receipt(const std::string& kind, const std::optional<share::Id>& blob,
                    std::uint64_t bytes);

  share::Mode mode() const { return link_.mode; }

 private:
  base::Result<Answer> post(const std::string& path, const std::string& json);
  base::Result<share::Grant> open_grant(const share::OpenAnswer& answer);
  base::Result<share::OpenAnswer> prove();
  base::Fault refused(const Answer& answer) const;
  base::Fault state_fault(share::State state) const;
  std::string ask_sender() const;

  share::Link link_;
  Transport transport_;
  const base::Clock& clock_;
  Wait wait_;
  seal::LinkKeys link_keys_;
  share::Cover cover_;
  seal::RootKeys root_keys_;
  share::Ticket ticket_{};
  // The highest seen in this run; nothing is kept between runs.
  std::uint32_t arm_ = 1;
  std::uint32_t issue_ = 1;
};

}  // namespace opener
