// Confinement of a child before it touches what it was given: what this process and its threads may
// ask of the kernel from now on. Its promise: after lock_down() succeeded the child cannot write a
// file that it was not handed, start a program, trace another process, leave a core dump, or
// (without dial_out) open any socket.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace confine {

struct Powers {
  bool dial_out = false;     // sockets to the outside, and what name resolution needs
  std::uint64_t memory = 0;  // RLIMIT_DATA in bytes, 0: as it is; not set under AddressSanitizer
};

// Irrevocable. What is not allowed fails with EPERM. Reading files stays possible as far as the
// user's permissions go: character set converters and certificates are loaded when they are needed.
base::Status lock_down(const Powers& powers);

}  // namespace confine
