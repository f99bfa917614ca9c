#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "disk/descriptor.h"
#include "settings/settings.h"
#include "settings/values.h"

namespace settings {
namespace {

constexpr std::size_t kMaxCredential = 64 * 1024;

}  // namespace

base::Result<std::string> credential_path(const std::string& reference,
                                          const std::string& configuration_path) {
  if (const std::string wrong = check_credential(reference); !wrong.empty()) {
    return base::ask_administrator("settings.credential", "a reference " + wrong);
  }
  const std::string name = reference.substr(reference.find(':') + 1);
  if (const char* folder = std::getenv("CREDENTIALS_DIRECTORY"); folder != nullptr && *folder) {
    std::string path = std::string(folder) + "/" + name;
    struct stat found {};
    // A unit gives an empty one in place of a file that is not there.
    if (stat(path.c_str(), &found) == 0 && found.st_size > 1) return path;
  }
  const auto folder = std::filesystem::path(configuration_path).parent_path() / "credentials";
  return (folder / name).string();
}

base::Result<std::string> path_of(const std::string& path_or_reference,
                                  const std::string& configuration_path) {
  if (path_or_reference.starts_with('/')) return path_or_reference;
  return credential_path(path_or_reference, configuration_path);
}

base::Result<base::SecretBytes> credential(const std::string& reference,
                                           const std::string& configuration_path) {
  const std::string path = TRY(credential_path(reference, configuration_path));
  auto bytes = disk::read_small_file(path, kMaxCredential);
  if (!bytes.ok()) {
    return base::ask_administrator("settings.credential", reference + ": " + bytes.fault().what);
  }
  base::SecretBytes whole(std::move(bytes).value());
  const base::ByteView view = whole.view();
  std::size_t size = view.size();
  if (size > 0 && view[size - 1] == '\n') --size;
  if (size > 0 && size < view.size() && view[size - 1] == '\r') --size;
  return base::SecretBytes(view.first(size));
}

}  // namespace settings
