#include "portal/core.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>

namespace portal {
namespace {

constexpr base::Milliseconds kNoteUnprovedEvery = 60'000;

base::Result<disk::Descriptor> lock_directory(const std::string& directory) {
  TRY(disk::make_folder(directory));
  disk::Descriptor folder = TRY(disk::open_folder(directory));
  if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0)
    return base::ask_administrator("portal.open", "another portal runs in this directory");
  return folder;
}

}  // namespace

Core::Core(const Config& settings, Store opened, BlobFiles folder, disk::Descriptor lock)
    : config(settings),
      store(std::move(opened)),
      files(std::move(folder)),
      lock_(std::move(lock)) {}

base::Result<std::unique_ptr<Core>> Core::open(const Config& config) {
  auto lock = TRY(lock_directory(config.directory));
  auto store = TRY(Store::open(config.directory + "/portal.db"));
  auto files = TRY(BlobFiles::open(config.directory));
  std::unique_ptr<Core> core(new Core(config, std::move(store), std::move(files), std::move(lock)));
  const auto kept = TRY(core->store.lock()->kept_time());
  if (kept) *core->time_.lock() = PortalTime(*kept);
  core->now();
  TRY(core->keep_time());
  TRY(core->sweep());
  return core;
}

base::Status Core::sweep() {
  const auto known = TRY(store.lock()->all_blobs());
  auto orphans = TRY(files.list());
  std::erase_if(orphans, [&](const Id& id) {
    return std::find(known.begin(), known.end(), id) != known.end();
  });
  return files.erase(orphans);
}

Core::Now Core::now() {
  auto time = time_.lock();
  time->observe(read_clocks());
  return {time->now(), time->jumped()};
}

base::Result<bool> Core::confirm_time(base::UnixSeconds dispatch_now) {
  if (!time_.lock()->confirm(dispatch_now, read_clocks())) return false;
  TRY(keep_time());
  return true;
}

base::Status Core::keep_time() {
  PortalTime::Kept kept;
  {
    auto time = time_.lock();
    if (time->jumped()) return base::Done{};
    kept = time->kept();
  }
  return store.lock()->keep_time(kept);
}

base::Status Core::note_unproved(base::UnixSeconds now) {
  const base::Milliseconds up = read_clocks().uptime;
  if (unproved_ == 0 || up - unproved_noted_ < kNoteUnprovedEvery) return base::Done{};
  unproved_noted_ = up;
  StoredEvent event;
  event.kind = "unproved";
  event.at = now;
  event.count = unproved_.exchange(0);
  return store.lock()->add_event(event);
}

base::Status Core::tick() {
  const Now current = now();
  if (current.jumped) return base::Done{};
  TRY(keep_time());
  TRY(note_unproved(current.time));
  const auto purged =
      TRY(store.lock()->purge(current.time, current.time - config.limits.unfinished_seconds,
                              current.time - config.limits.event_seconds));
  return files.erase(purged.blobs);
}

}  // namespace portal
