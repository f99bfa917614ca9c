#include "service/outbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/handle.h"
#include "spool/scan.h"

namespace service {
base::Result<std::uint64_t> outbox_size(House& house) {
  std::uint64_t total = 0;
  const base::Handle<DIR, closedir> folder(fdopendir(TRY(house.outbox.duplicate()).release()));
  if (folder == nullptr) return base::retry_later("service.outbox", "the outbox cannot be listed");
  rewinddir(folder.get());
  while (const dirent* entry = readdir(folder.get())) {
    struct stat status {};
    if (fstatat(house.outbox.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode))
      total += static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  return total;
}

base::Result<disk::Descriptor> make_outbox_file(House& house, base::ByteView id) {
  disk::Descriptor file(::openat(house.outbox.get(), outbox_name(id).c_str(),
                                 O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return disk::system_fault("service.outbox", "a new file", errno);
  TRY(disk::sync_folder(house.outbox.get()));
  return file;
}

base::Result<disk::Descriptor> open_outbox_file(House& house, base::ByteView id) {
  return disk::open_read(house.outbox.get(), outbox_name(id));
}

// A lease for reading is refused by the kernel while there is a writer, mappings included. File
// systems without leases answer otherwise (EINVAL), and then nothing is known against it.
bool is_left_alone(const disk::Descriptor& file) {
  const bool written = fcntl(file.get(), F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
  fcntl(file.get(), F_SETLEASE, F_UNLCK);
  return !written;
}

base::Status remove_outbox_file(House& house, base::ByteView id) {
  if (id.empty()) return base::Done{};
  if (unlinkat(house.outbox.get(), outbox_name(id).c_str(), 0) != 0 && errno != ENOENT)
    return disk::system_fault("service.outbox", "unlink", errno);
  return base::Done{};
}

base::Result<bool> outbox_has_room(House& house, std::uint64_t bytes) {
  const auto& storage = house.settings.storage;
  const auto space = TRY(spool::space(house.outbox.get()));
  if (space.available <
      spool::low_water(space, storage.low_water_bytes, storage.low_water_part) + bytes)
    return false;
  const std::uint64_t used = TRY(outbox_size(house));
  // A single bundle may pass its part of the disk, or a large study could never be sent.
  return used == 0 || static_cast<double>(used + bytes) <=
                          static_cast<double>(space.total) * storage.outbox_part;
}

std::string package_key_name(std::int64_t bundle) {
  return "bundle:" + std::to_string(bundle) + ":package";
}
std::string index_key_name(std::int64_t bundle) {
  return "bundle:" + std::to_string(bundle) + ":index";
}

base::Status forget_bundle_content(House& house, const ledger::Bundle& bundle) {
  TRY(house.ledger->keys().erase(package_key_name(bundle.id)));
  TRY(house.ledger->keys().erase(index_key_name(bundle.id)));
  TRY(remove_outbox_file(house, bundle.package_id));
  return remove_outbox_file(house, bundle.index_id);
}

}  // namespace service
