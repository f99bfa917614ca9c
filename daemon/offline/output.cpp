#include "offline/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace offline {
namespace {

namespace fs = std::filesystem;
constexpr unsigned kFolderMode = 0750, kFileMode = 0640;

bool is_empty(const std::string& path) {
  std::error_code error;
  return fs::is_empty(path, error) && !error;
}

}  // namespace

base::Result<Output> Output::open(const std::string& path, bool add) {
  TRY(disk::make_folder(path, kFolderMode));
  if (!add && !is_empty(path))
    return base::ask_administrator(
        "offline.output", path + " is not empty; name a new folder, or --add to what is there");
  auto folder = TRY(disk::open_folder(path));
  const auto temporary = ".partial-" + std::to_string(getpid());
  if (mkdirat(folder.get(), temporary.c_str(), 0700) != 0 && errno != EEXIST)
    return disk::system_fault("offline.output", path, errno);
  return Output(path, temporary, std::move(folder));
}

Output::~Output() {
  if (!folder_.valid()) return;
  drop_all();
  std::error_code ignored;
  fs::remove_all(fs::path(path_) / temporary_, ignored);
}

std::string Output::temporary_name(std::uint64_t number) const {
  return temporary_ + "/" + std::to_string(number);
}

base::Result<disk::Descriptor> Output::next() {
  const auto name = temporary_name(++number_);
  disk::Descriptor file(
      openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
  if (!file.valid()) return disk::system_fault("offline.output", path_, errno);
  return file;
}

void Output::drop() { unlinkat(folder_.get(), temporary_name(number_).c_str(), 0); }

base::Result<std::string> Output::keep_for_later(const disk::Descriptor& file,
                                                 const std::string& study,
                                                 const std::string& instance) {
  TRY(disk::sync_content(file.get()));
  waiting_.push_back({temporary_name(number_), study, study + "/" + instance + ".dcm"});
  return waiting_.back().name;
}

base::Result<std::string> Output::keep(const disk::Descriptor& file, const std::string& study,
                                       const std::string& instance) {
  TRY(disk::sync_content(file.get()));
  const Waiting one{temporary_name(number_), study, study + "/" + instance + ".dcm"};
  const auto named = name(one);
  if (!named.ok()) drop();
  TRY(named);
  return one.name;
}

base::Status Output::name_all() {
  for (; !waiting_.empty(); waiting_.pop_back()) TRY(name(waiting_.back()));
  return base::Done{};
}

void Output::drop_all() {
  for (const auto& one : waiting_) unlinkat(folder_.get(), one.temporary.c_str(), 0);
  waiting_.clear();
}

base::Status Output::name(const Waiting& one) {
  if (mkdirat(folder_.get(), one.study.c_str(), kFolderMode) == 0)
    TRY(disk::sync_folder(folder_.get()));
  else if (errno != EEXIST)
    return disk::system_fault("offline.output", one.study, errno);
  if (renameat2(folder_.get(), one.temporary.c_str(), folder_.get(), one.name.c_str(),
                RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST)
      return base::reject("offline.output", one.name + " is there already; it was left alone");
    return disk::system_fault("offline.output", one.name, errno);
  }
  return disk::sync_folder(TRY(disk::open_folder(path_ + "/" + one.study)).get());
}

}  // namespace offline
