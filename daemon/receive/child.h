// The process of one association: forked by the parent, confined before it reads its first byte.
#pragma once

#include <memory>
#include <string>

#include "receive/association.h"
#include "receive/listen.h"

namespace receive {

struct ChildWork {
  int socket = -1;
  int folder = -1;    // of the association
  int progress = -1;  // where Progress bytes go
  std::string id;     // 32 hex digits
  base::Bytes spool_point;
  Address peer;
  Policy policy;
  Room room;
  Times times;
  std::shared_ptr<tls::Server> tls;  // nullptr: not configured
  bool over_tls = false;             // which this connection is
};

// In the forked process; never returns. Every other descriptor is closed first.
[[noreturn]] void run_child(const ChildWork& work);

}  // namespace receive
