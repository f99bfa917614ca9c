// Confining the process that talks to a peer: after this it can read and write its socket, create
// files in the one folder, and end. Nothing else: no other file, no other process, no network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace receive {

struct Powers {
  int folder = -1;              // of the association: files may be created in it
  std::uint64_t memory = 0;     // bytes of data; 0: no limit
  std::uint64_t file_size = 0;  // bytes; 0: no limit
};
// Final. The value names what this kernel could not do ("landlock"); a Fault means that the process
// must not go on. Under AddressSanitizer memory limit and system call filter are left out, since
// neither lets it work.
base::Result<std::vector<std::string>> confine(const Powers& powers);

// No core dumps and no tracing by the same user: memory holds data sets and keys.
void forbid_dumps();

}  // namespace receive
