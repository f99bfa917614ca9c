// What a descriptor is to us, and what of a file has not been synced.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <map>
#include <mutex>
#include <vector>

#include "points.h"

namespace faults {
namespace {

constexpr int kFirst = 3;  // below: what everybody logs to
constexpr std::size_t kDescriptors = 4096;

struct Known {
  bool is = false;
  std::string kind;
};
constinit std::mutex knowing;
Known& known_of(int fd) {
  static auto* const known = new std::array<Known, kDescriptors>;
  return (*known)[static_cast<std::size_t>(fd)];
}
bool in_range(int fd) { return fd >= kFirst && static_cast<std::size_t>(fd) < kDescriptors; }

bool all_of(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_hex_id(std::string_view name) {
  return name.size() == 32 && all_of(name, "0123456789abcdef");
}

bool is_blob_id(std::string_view name) {
  return name.size() == 22 &&
         all_of(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

std::string kind_of_database(std::string_view name) {
  for (const std::string_view database : {"ledger", "keys", "vault", "portal"}) {
    const std::string file = std::string(database) + ".db";
    if (name == file) return std::string(database) + "-db";
    if (name == file + "-wal") return std::string(database) + "-wal";
    if (name == file + "-journal") return std::string(database) + "-journal";
    if (name == file + "-shm") return "";
  }
  return "";
}

// Descriptors that came by other ways than an open: by SCM_RIGHTS, mostly.
std::string guess(int fd) {
  struct stat status {};
  if (syscall(SYS_fstat, fd, &status) != 0) return "";  // libc's own way is not in every filter
  if (S_ISREG(status.st_mode)) return role() == "work" ? "outbox" : "";
  if (!S_ISSOCK(status.st_mode)) return "";
  return role() == "receive" ? "peer" : "jobs";
}

// What was not written since is on the disk already: only these ranges may be lost.
using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;
constinit std::mutex writing;
std::map<std::pair<dev_t, ino_t>, Ranges>& unsynced() {
  static auto* const ranges = new std::map<std::pair<dev_t, ino_t>, Ranges>;
  return *ranges;
}

// receive's filter knows no more than it needs, and it drops a file whose sync failed.
bool tracked(int fd, std::pair<dev_t, ino_t>& file) {
  struct stat status {};
  if (shared() == nullptr || role() == "receive" || fstat(fd, &status) != 0) return false;
  file = {status.st_dev, status.st_ino};
  return S_ISREG(status.st_mode);
}

}  // namespace

std::string kind_of_path(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto slash = path.rfind('/');
  const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (path.starts_with("/proc/") || path.starts_with("/dev/") || path.starts_with("/sys/"))
    return "";
  if (auto database = kind_of_database(name); !database.empty()) return database;
  if (name.find(".db") != std::string_view::npos) return "";
  if (name.ends_with(".dcms")) return "spool";
  if (name.ends_with(".blob")) return "outbox";
  if (name.ends_with(".sums") && is_blob_id(name.substr(0, name.size() - 5))) return "sums";
  if (is_hex_id(name)) return "association-folder";
  if (is_blob_id(name)) return "blob";
  for (const std::string_view folder :
       {"spool", "outbox", "ledger", "vault", "blobs", "run", "credentials"})
    if (name == folder) return std::string(folder) + "-folder";
  for (const std::string_view file :
       {"origin", "key.pub", "workers", "kek", "deidentify-key", "portal-key"})
    if (name.find(file) != std::string_view::npos) return std::string(file);
  return "";
}

std::string kind_of(int fd) {
  if (shared() == nullptr || !in_range(fd)) return "";
  const std::lock_guard lock(knowing);
  Known& one = known_of(fd);
  if (!one.is) one = {true, guess(fd)};
  return one.kind;
}

void learn(int fd, std::string kind) {
  if (shared() == nullptr || !in_range(fd)) return;
  const std::lock_guard lock(knowing);
  known_of(fd) = {true, std::move(kind)};
}

void forget(int fd) {
  if (shared() == nullptr || !in_range(fd)) return;
  const std::lock_guard lock(knowing);
  known_of(fd) = {};
}

void wrote(int fd, std::int64_t from, std::int64_t to) {
  std::pair<dev_t, ino_t> file;
  if (to <= from || !tracked(fd, file)) return;
  const std::lock_guard lock(writing);
  auto& ranges = unsynced()[file];
  if (!ranges.empty() && ranges.back().second == from)
    ranges.back().second = to;
  else
    ranges.emplace_back(from, to);
}

void synced(int fd) {
  std::pair<dev_t, ino_t> file;
  if (!tracked(fd, file)) return;
  const std::lock_guard lock(writing);
  unsynced().erase(file);
}

void lose(int fd) {
  std::pair<dev_t, ino_t> file;
  if (!tracked(fd, file)) return;
  const std::lock_guard lock(writing);
  const auto found = unsynced().find(file);
  if (found == unsynced().end()) return;
  for (const auto& [from, to] : found->second) {
    const std::vector<char> zeros(static_cast<std::size_t>(to - from));
    syscall(SYS_pwrite64, fd, zeros.data(), zeros.size(), from);
  }
  unsynced().erase(found);
}

}  // namespace faults
