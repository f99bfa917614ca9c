#include "offline/inputs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "disk/descriptor.h"

namespace offline {
namespace {

namespace fs = std::filesystem;

base::Fault unreadable(const std::string& path, const std::string& why) {
  return base::ask_administrator("offline.gather", path + ": " + why);
}

base::Status gather_folder(const fs::path& folder, std::vector<std::string>& files) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error))
    if (std::error_code no; fs::is_regular_file(entry->path(), no))
      files.push_back(entry->path().string());
  if (error) return unreadable(folder.string(), error.message());
  return base::Done{};
}

}  // namespace

base::Result<std::vector<std::string>> gather(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (fs::is_directory(status))
      TRY(gather_folder(path, files));
    else if (fs::is_regular_file(status))
      files.push_back(path);
    else
      return unreadable(path, fs::exists(status) ? "neither a file nor a folder"
                              : error            ? error.message()
                                                 : strerror(ENOENT));
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

bool is_part10(const std::string& path) {
  const disk::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  char mark[4] = {};
  return file.valid() && pread(file.get(), mark, sizeof mark, 128) == sizeof mark &&
         std::memcmp(mark, "DICM", sizeof mark) == 0;
}

}  // namespace offline
