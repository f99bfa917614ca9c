#include "points.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

namespace faults {
namespace {

// Nothing here may wait for a constructor: other libraries' constructors call us.
constinit Shared* mapped = nullptr;
constinit char program[16] = "";
constinit std::mutex counting;
constinit std::map<std::string, std::uint32_t, std::less<>>* counted = nullptr;  // in this process

std::string role_of(std::string_view name) {
  const auto slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (name == "dcmcourier-portal") return "portal";
  if (name == "dcmcourier") return "command";
  constexpr std::string_view kRole = "dcmcourierd-";
  return name.starts_with(kRole) ? std::string(name.substr(kRole.size())) : "";
}

// Before main, and so before any confinement.
__attribute__((constructor)) void begin() {
  std::strncpy(program, role_of(program_invocation_name).c_str(), sizeof program - 1);
  const char* path = std::getenv("DCMCOURIER_FAULTS");
  if (path == nullptr || program[0] == 0) return;
  const int fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
  if (fd < 0) return;
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (memory == MAP_FAILED) return;
  counted = new std::map<std::string, std::uint32_t, std::less<>>;
  mapped = static_cast<Shared*>(memory);
  pthread_atfork([] { counting.lock(); }, [] { counting.unlock(); },
                 [] {
                   counted->clear();
                   counting.unlock();
                 });
}

std::uint64_t hash_of(std::string_view text, std::uint64_t value = 14695981039346656037u) {
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return value == 0 ? 1 : value;
}

// Without locks: a process may be killed anywhere.
Slot* slot_of(std::string_view name) {
  const auto hash = hash_of(name);
  for (std::size_t i = 0; i < kSlots; ++i) {
    Slot& slot = mapped->slots[(hash + i) % kSlots];
    std::uint64_t there = 0;
    if (slot.hash.compare_exchange_strong(there, hash)) {
      std::memcpy(slot.name, name.data(), std::min(name.size(), kName - 1));
      return &slot;
    }
    if (there == hash) return &slot;
  }
  return nullptr;
}

std::uint32_t how_manieth(const std::string& name) {
  const std::lock_guard lock(counting);
  return ++(*counted)[name];
}

// The point's own of the armed faults: other seeds choose others.
Fault choose(std::string_view name, std::uint32_t able) {
  Fault possible[static_cast<std::size_t>(Fault::Count)];
  std::size_t count = 0;
  for (auto f = 1u; f < static_cast<std::uint32_t>(Fault::Count); ++f)
    if ((able & 1u << f) != 0) possible[count++] = static_cast<Fault>(f);
  if (count == 0) return Fault::None;
  return possible[(hash_of(name, mapped->seed + 1469598103u) >> 17) % count];
}

bool may_fire(const char* call, std::string_view name) {
  if (mapped->only[0] != 0 && name != mapped->only) return false;
  if (mapped->calls[0] == 0) return true;
  return std::strstr(mapped->calls, (std::string(" ") + call + " ").c_str()) != nullptr;
}

}  // namespace

const Shared* shared() { return mapped; }
std::string_view role() { return program; }

std::string& act() {
  thread_local std::string text;
  return text;
}

Fault reach(const char* call, std::string_view kind, std::uint32_t able) {
  if (mapped == nullptr || kind.empty()) return Fault::None;
  const int kept = errno;
  std::string name = std::string(program) + "." + call + "." + std::string(kind);
  if (!act().empty()) name += "." + act();
  if (name.size() > kName - 8) name.resize(kName - 8);
  const auto n = how_manieth(name);
  if (n > mapped->bound) return Fault::None;
  name += "#" + std::to_string(n);
  Slot* slot = slot_of(name);
  if (slot == nullptr) return Fault::None;
  ++slot->seen;
  const Fault fault = choose(name, able & mapped->armed);
  if (fault == Fault::None || !may_fire(call, name)) return Fault::None;
  if (slot->fired != 0 || ++mapped->passed <= mapped->pause) return Fault::None;
  std::uint32_t never = 0;
  if (!slot->fired.compare_exchange_strong(never, static_cast<std::uint32_t>(fault)))
    return Fault::None;
  mapped->passed = 0;
  errno = kept;
  return fault;
}

// Of all ways to end, the one call that every filter of ours lets through.
void die() {
  for (;;) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGKILL);
}

}  // namespace faults
