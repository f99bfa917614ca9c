// PANIC: a bug, not a Fault. Abort at once; the supervisor restarts us and the ledger tells us
// where we were. The message is ours and never holds patient data.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace base {

[[noreturn]] inline void panic(const char* file, int line, const char* what) {
  std::fprintf(stderr, "<2>panic: %s:%d: %s\n", file, line, what);
  std::abort();
}

}  // namespace base

#define PANIC(what) ::base::panic(__FILE__, __LINE__, what)
