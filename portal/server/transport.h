// HTTP/1.1 on Boost.Beast: listeners, deadlines, caps. Its promise: every wait for a peer has an
// end; no peer takes more connections or memory than its share; nothing of a request but what
// log_label allows reaches a log.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "portal/config.h"
#include "portal/http.h"
#include "portal/tls.h"

namespace portal {

struct Listener {
  std::string name;     // "public", "upload"
  std::string address;  // "127.0.0.1:0"
  Service* service = nullptr;
  std::function<std::shared_ptr<Tls>()> tls;  // the context of the day; empty: plain HTTP
};

class Transport {
 public:
  explicit Transport(const Limits& limits);
  ~Transport();

  // Listens; answers "127.0.0.1:PORT" as it was bound.
  base::Result<std::string> listen(const Listener& listener);

  // Runs until SIGTERM or SIGINT, then lets running requests end (at most 10 s). `reload` at
  // SIGHUP, `tick` every second.
  void run(const std::function<void()>& reload, const std::function<void()>& tick);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace portal
