// Connections that get an A-ASSOCIATE-RJ or an A-ABORT, or over TLS an alert, without a process of
// their own. Nothing that they send is looked at; each is kept only until it had its chance to read
// the answer.
#pragma once

#include <poll.h>

#include <vector>

#include "base/clock.h"
#include "receive/listen.h"
#include "receive/pdu.h"

namespace receive {

class RefusedConnections {
 public:
  void take(Connection connection, base::Bytes answer, base::Milliseconds now);
  // Its time is over: told at once, with or without a request.
  void abort(Connection connection, base::Bytes answer, base::Milliseconds now);
  std::size_t size() const { return refused_.size(); }

  // For the caller's poll: one entry for each, in order.
  void append_to(std::vector<pollfd>& polled) const;
  // `polled`: the same entries with what poll found.
  void serve(const pollfd* polled, base::Milliseconds now);

 private:
  struct Refused {
    disk::Descriptor socket;
    base::Bytes answer;  // empty once it is sent
    base::Milliseconds deadline;
  };
  static bool serve_one(Refused& refused);
  std::vector<Refused> refused_;
};

}  // namespace receive
