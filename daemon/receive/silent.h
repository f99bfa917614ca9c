// Connections on which nothing has arrived yet. They have no process, no folder and no place among
// the associations: whoever connects and says nothing takes them from nobody.
#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "receive/listen.h"

namespace receive {

// Where many wait and one has to go: the one that has waited longest of those from the address that
// has most. Pure. `oldest_first` is not empty.
std::size_t who_gives_way(const std::vector<Address>& oldest_first);

struct Caller {
  Connection connection;
  std::string listener;
  base::Milliseconds since = 0;
  bool spoke = false;
  bool tls = false;  // on a port where it is spoken
};

class SilentConnections {
 public:
  static constexpr std::size_t kMost = 256;

  // What had to give way, if any.
  std::optional<Caller> take(Caller caller);
  std::size_t size() const { return callers_.size(); }
  bool anyone_spoke() const;

  // For the caller's poll: one entry for each, in order. What has arrived is not read.
  void append_to(std::vector<pollfd>& polled) const;
  // `polled`: the same entries with what poll found. Who has closed is forgotten.
  void note(const pollfd* polled);

  // Those that came at `since` or earlier, in vain.
  std::vector<Caller> take_older_than(base::Milliseconds since);
  const std::vector<Caller>& callers() const { return callers_; }  // oldest first
  Caller take_out(std::size_t index);

 private:
  std::vector<Caller> callers_;  // oldest first
};

}  // namespace receive
