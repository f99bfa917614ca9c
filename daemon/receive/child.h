// The process of one association: forked by the parent, confined before it reads its first byte.
#pragma once

#include <memory>
#include <string>

#include "receive/association.h"
#include "receive/listen.h"

namespace receive {

// The parent's answers to Progress::Asks.
inline constexpr char kAdmitted = 'y', kNotAdmitted = 'n';

struct ChildWork {
  int socket = -1;
  int folder = -1;    // of the association
  int origin = -1;    // its file in there, not yet synced
  int spool = -1;     // the folder's folder, to be synced and for nothing else
  int progress = -1;  // a socket: Progress bytes go there, the answer to Asks comes
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
