#include "command/keys.h"

#include <cstdio>
#include <filesystem>

#include "disk/descriptor.h"
#include "pairing/pairing.h"
#include "seal/primitives.h"

namespace command {
namespace {

constexpr int kCantCreate = 73;

std::string folder_for(const std::string& config, const std::string& directory) {
  return directory.empty() ? (std::filesystem::path(config).parent_path() / "credentials").string()
                           : directory;
}

int fail(const base::Fault& fault) {
  std::fprintf(stderr, "dcmcourier: %s\n", fault.what.c_str());
  return kCantCreate;
}

base::Status create_one(const disk::Descriptor& folder, const std::string& name) {
  if (disk::open_read(folder.get(), name).ok()) {
    std::printf("%s: is there already, left alone\n", name.c_str());
    return base::Done{};
  }
  const auto key = seal::random_secret(32);
  const base::SecretBytes text(base::as_bytes(base::to_hex(key.view()) + "\n"));
  TRY(disk::replace_file(folder.get(), name, text.view(), 0600));
  std::printf("%s: made\n", name.c_str());
  return base::Done{};
}

}  // namespace

int create_keys(const std::string& config, const std::string& directory) {
  const std::string path = folder_for(config, directory);
  const auto made = disk::make_folder(path);
  if (!made.ok()) return fail(made.fault());
  const auto folder = disk::open_folder(path);
  if (!folder.ok()) return fail(folder.fault());
  for (const char* name : {"kek", "deidentify-key"}) {
    const auto created = create_one(folder.value(), name);
    if (!created.ok()) return fail(created.fault());
  }
  std::printf(
      "in %s. Keep a copy of both away from this machine's backups: without the KEK nothing that "
      "is\n"
      "queued can be opened; without the de-identification key later studies of a patient get "
      "other names.\n",
      path.c_str());
  return 0;
}

int pair_with_portal(const std::string& config, const std::string& directory) {
  const auto pin = pairing::make(folder_for(config, directory), "portal-key", "dcmcourier");
  if (!pin.ok()) return fail(pin.fault());
  std::printf(
      "%s\nThe portal's configuration takes this as upload.client_pin; this daemon's takes as "
      "portal.pin\n"
      "what `dcmcourier-portal pair` printed.\n",
      pin.value().c_str());
  return 0;
}

}  // namespace command
