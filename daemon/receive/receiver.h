// The parent: listens, counts, records where each connection came from, and starts a process for
// it once something has arrived. One thread, and it never waits for a peer: nothing that a peer
// sends is read here. A place among the associations is taken when that process has read a good
// A-ASSOCIATE-RQ; until then there are bounds of their own, within which nobody is shut out by who
// only came earlier.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>

#include "receive/child.h"
#include "receive/refuse.h"
#include "receive/report.h"
#include "receive/silent.h"

namespace receive {

struct Configuration {
  std::vector<std::string> listen;
  std::vector<std::string> tls_listen;  // empty: no TLS
  tls::Files tls;
  std::string spool;          // folder
  std::string report_socket;  // of dispatch
  Policy policy;
  Times times;
  unsigned max_associations = 64, max_associations_per_peer = 16;
  std::uint64_t max_instance_size = 0;
  std::uint64_t low_water_bytes = 0;  // 0: by part
  double low_water_part = 0.10;
};
using Reload = std::function<std::optional<Configuration>()>;

class Receiver {
 public:
  // Takes the spool (one receiver a spool). Signals that end or reload it are blocked from here on.
  static base::Result<std::unique_ptr<Receiver>> create(Configuration configuration);
  // Waits for the spool's key, listens, receives; returns after SIGTERM or SIGINT, when the last
  // association has ended or was ended after 10 s.
  base::Status run(const Reload& reload);

 private:
  struct Child {
    pid_t pid = -1;
    std::string id;
    Address peer;
    disk::Descriptor progress;
    base::Milliseconds begun = 0;
    bool in_flight = false;
    bool associated = false;  // has a place
    bool gives_way = false;   // was ended to let another one ask
  };
  struct Folder {  // of an association
    disk::Descriptor folder, origin;
  };
  Receiver() = default;

  base::Status take_spool();
  base::Status start_listening();
  base::Status listen_where_configured();
  void load_tls();
  base::Result<bool> wait_for_key();
  base::Result<base::Bytes> read_key() const;

  void turn(const Reload& reload);
  int poll_timeout(base::Milliseconds now) const;
  void take_signals(const Reload& reload);
  void reload_settings(const Reload& reload);
  void begin_stopping();
  void stop_children_in_time(base::Milliseconds now);
  void reap();
  void child_ended(Child& child, int status);

  void accept_from(const Listener& listener, base::Milliseconds now);
  void take_connection(Connection connection, const Listener& listener, base::Milliseconds now);
  void refuse(Connection connection, bool over_tls, const Rejection& rejection,
              std::string_view why, base::Milliseconds now);
  void serve_callers(base::Milliseconds now);
  std::optional<std::size_t> next_caller() const;
  bool make_way_for(const Address& peer, base::Milliseconds now);
  std::size_t asking_from(const Address& peer) const;
  void end_silent_ones(base::Milliseconds now, bool all);
  void serve(Caller caller, base::Milliseconds now);
  void answer(Child& child);  // whether it has a place
  bool has_place_for(const Address& peer) const;
  std::uint64_t low_water() const;
  base::Status begin_association(const Caller& caller, base::Milliseconds now);
  base::Result<Folder> make_folder(const std::string& id, const spool::Origin& origin);
  base::Status start_child(ChildWork work);
  void forget(const std::string& id);  // removes its folder, if nothing was stored
  void read_progress(Child& child);
  jobs::ReceiveReport report() const;

  Configuration configuration_;
  base::Clock clock_;
  disk::Descriptor spool_, lock_, signals_;
  std::vector<Listener> listeners_;
  std::vector<Child> children_;
  std::vector<std::string> ended_;  // since the last report that dispatch was sent
  SilentConnections silent_;
  RefusedConnections refused_;
  std::shared_ptr<tls::Server> tls_;  // nullptr: whoever calls over TLS is refused
  std::unique_ptr<Reporter> reporter_;
  base::Milliseconds accept_again_ = 0;
  std::optional<base::Milliseconds> stop_at_;  // when stopping: the end of patience
};

}  // namespace receive
