// Failpoints for the shipped programs, set from outside: a library that LD_PRELOAD puts between a
// program and libc. A point is a call that changes a disk or speaks to a peer, named
// ROLE.CALL.KIND[.ACT]#N: which program, which call, on what, in which act of the ledger, the how
// manieth time in this process. A shared file says what has been seen and what has fired; a test
// arms it (tests/house/faults.py has the same layout). Only memory is touched behind a child's
// confinement.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace faults {

enum class Fault : std::uint32_t { None, KillBefore, KillAfter, Eio, Enospc, Short, Count };

constexpr std::size_t kName = 112;
constexpr std::size_t kSlots = 4096;

struct Slot {
  std::atomic<std::uint64_t> hash;
  std::atomic<std::uint32_t> seen;
  std::atomic<std::uint32_t> fired;  // a Fault
  char name[kName];
};

struct Shared {
  std::atomic<std::uint32_t> armed;  // bits: 1 << Fault
  std::atomic<std::uint32_t> bound;  // occurrences of one name in one process
  std::atomic<std::uint32_t> seed;   // which of the armed faults a point gets
  std::atomic<std::uint32_t> pause;  // after a fault, points that pass before the next
  std::atomic<std::uint32_t> passed;
  std::uint32_t smtp_port, upload_port, reserved;
  char only[kName];   // whole name of the one point that may fire; empty: all
  char calls[kName];  // " fsync fdatasync linkat ": only these; empty: all
  Slot slots[kSlots];
};
static_assert(sizeof(Slot) == 128 && offsetof(Shared, slots) == 256);

// What the call is to do. `able`: bits of the faults that make sense for it.
Fault reach(const char* call, std::string_view kind, std::uint32_t able);

constexpr std::uint32_t bit(Fault fault) { return 1u << static_cast<std::uint32_t>(fault); }
constexpr std::uint32_t kKills = bit(Fault::KillBefore) | bit(Fault::KillAfter);

[[noreturn]] void die();

const Shared* shared();   // null where no test has asked for faults
std::string_view role();  // dispatch, receive, work, verify, send, portal; else empty
std::string& act();       // of this thread: what its transaction is about

// Files and sockets by what they are to us; empty for what is of no interest.
std::string kind_of_path(std::string_view path);
std::string kind_of(int fd);
void learn(int fd, std::string kind);
void forget(int fd);

// What was written since the last sync of a file: a sync that fails loses it, as a kernel may.
void wrote(int fd, std::int64_t from, std::int64_t to);
void synced(int fd);
void lose(int fd);

}  // namespace faults
