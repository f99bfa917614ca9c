#include "service/house.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "seal/primitives.h"

namespace service {
namespace {

constexpr base::UnixSeconds kSpoolKeyAge = 7 * 86400;
constexpr base::Milliseconds kSpoolKeyLook = 3600 * 1000;
constexpr base::Milliseconds kBetweenChildren = 5'000;

base::Result<base::SecretBytes> key_of_32(const std::string& reference, const std::string& path) {
  const auto text = TRY(settings::credential(reference, path));
  auto bytes = base::from_hex(base::as_text(text.view()));
  if (!bytes || bytes->size() != 32)
    return base::ask_administrator(
        "service.keys", reference + ": must be 64 hex digits; see `dcmcourier keys create`");
  return base::SecretBytes(std::move(*bytes));
}

base::Result<disk::Descriptor> sole_owner(const std::string& folder) {
  disk::Descriptor lock(
      ::open((folder + "/dispatch.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return disk::system_fault("service.lock", folder, errno);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return base::ask_administrator("service.lock", folder + " belongs to another running dispatch");
  return lock;
}

}  // namespace

base::Result<std::unique_ptr<House>> House::open(const std::string& configuration_path,
                                                 settings::Settings settings) {
  std::unique_ptr<House> house(new House());
  house->configuration_path = configuration_path;
  house->settings = std::move(settings);
  TRY(house->open_folders());
  const auto kek = TRY(key_of_32(house->settings.kek, configuration_path));
  house->ledger =
      TRY(ledger::Ledger::open(house->settings.storage.directory + "/ledger", kek, house->clock));
  house->read_domain_key();
  TRY(house->publish_spool_key());
  house->hints.last_moment = {house->clock.now(), house->clock.monotonic()};
  return house;
}

base::Status House::open_folders() {
  const std::string& storage = settings.storage.directory;
  // The spool is receive's to write in; group access comes from the package, not from here.
  TRY(disk::make_folder(storage + "/spool", 0770));
  TRY(disk::make_folder(storage + "/outbox"));
  TRY(disk::make_folder(storage + "/ledger"));
  TRY(disk::make_folder(storage + "/vault", 0770));
  TRY(disk::make_folder(settings.runtime_directory, 0750));
  lock = TRY(sole_owner(storage));
  TRY(publish_workers());
  spool = TRY(disk::open_folder(storage + "/spool"));
  outbox = TRY(disk::open_folder(storage + "/outbox"));
  return base::Done{};
}

// Work and verify may not read the settings: their units take the numbers from here.
base::Status House::publish_workers() const {
  const auto runtime = TRY(disk::open_folder(settings.runtime_directory));
  const std::string text = "WORK_CHILDREN=" + std::to_string(settings.workers.work) +
                           "\nVERIFY_CHILDREN=" + std::to_string(settings.workers.verify) + "\n";
  return disk::replace_file(runtime.get(), "workers", base::as_bytes(text), 0644);
}

base::Status House::publish_spool_key() {
  hints.spool_key_due = clock.monotonic() + kSpoolKeyLook;
  const auto pair = TRY(ledger->keys().current_spool_key(now(), kSpoolKeyAge));
  return disk::replace_file(spool.get(), "key.pub", pair.point, 0644);
}

// Without it identified routes go on, and de-identified studies are held.
void House::read_domain_key() {
  auto key = key_of_32(settings.domain_key, configuration_path);
  if (key.ok()) domain_key = std::move(key).value();
}

base::Status House::swap(settings::Settings fresh) {
  settings = std::move(fresh);
  read_domain_key();
  TRY(publish_workers());
  return publish_spool_key();
}

bool House::has(const std::string& role) const {
  if (role == "receive") return hints.receive_connected;
  const auto seen = hints.seen.find(role);
  return seen != hints.seen.end() && clock.monotonic() - seen->second < kBetweenChildren;
}

std::uint32_t House::dice() const {
  std::array<std::uint8_t, 4> bytes{};
  seal::random_bytes(bytes);
  return base::read_u32_be(bytes);
}

const route::Recipient* House::recipient(const std::string& id) const {
  for (const auto& recipient : settings.recipients)
    if (recipient.id == id) return &recipient;
  return nullptr;
}

}  // namespace service
