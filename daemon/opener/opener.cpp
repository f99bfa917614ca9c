#include "opener/opener.h"

#include <dirent.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "base/handle.h"
#include "opener/code.h"
#include "opener/download.h"
#include "opener/unpack.h"

namespace opener {
namespace {

void wait(base::Milliseconds time) { std::this_thread::sleep_for(std::chrono::milliseconds(time)); }

base::Result<disk::Descriptor> empty_folder(const std::string& path) {
  TRY(disk::make_folder(path, 0700));
  auto folder = TRY(disk::open_folder(path));
  const base::Handle<DIR, closedir> listing(opendir(path.c_str()));
  if (!listing) return disk::system_fault("opener.out", "folder", errno);
  while (const dirent* entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      return base::ask_administrator("opener.out", "the folder for the files is not empty");
  }
  return folder;
}

base::Result<Session> connect(const Options& options, const base::Clock& clock) {
  auto link = TRY(share::parse_link(options.link, seal::sha256));
  auto transport = TRY(Transport::create(link.origin, options.ca_file));
  return Session(std::move(link), std::move(transport), clock, wait);
}

std::vector<const share::GrantedBlob*> packages_of(const share::Grant& grant) {
  std::vector<const share::GrantedBlob*> packages;
  for (const auto& blob : grant.blobs)
    if (blob.role == share::Role::Package) packages.push_back(&blob);
  return packages;
}

base::Status open_package(Session& session, const share::GrantedBlob& blob, int folder,
                          Progress& progress, Summary& summary) {
  const auto package = TRY(Download::fetch(session, blob, folder, progress));
  const auto read = [&](std::uint64_t offset, std::span<std::uint8_t> into) {
    return package.read(offset, into);
  };
  const auto unpacked = TRY(unpack(read, package.size(), folder, progress));
  session.send_receipt("complete", blob.id, package.size());
  summary.files += unpacked.files;
  summary.bytes += unpacked.bytes;
  return base::Done{};
}

// One package lies in the folder itself; of several, each in a folder with its number.
base::Status open_packages(Session& session, const share::Grant& grant, const std::string& out,
                           Progress& progress, Summary& summary) {
  const auto packages = packages_of(grant);
  if (packages.empty()) return base::reject("opener.genuine", "the grant names no package");
  for (std::size_t i = 0; i < packages.size(); ++i) {
    const auto path = packages.size() == 1 ? out : out + "/" + std::to_string(i + 1);
    const auto folder = TRY(empty_folder(path));
    TRY(open_package(session, *packages[i], folder.get(), progress, summary));
  }
  return base::Done{};
}

}  // namespace

base::Result<Summary> open_link(const Options& options) {
  const base::Clock clock;
  auto session = TRY(connect(options, clock));
  TRY(empty_folder(options.out));  // before a code is asked for or an attempt counted
  TRY(session.hello());
  auto code = TRY(ask_code(session.mode(), options.code_file));
  const auto grant = session.open(code);
  explicit_bzero(code.data(), code.size());
  if (!grant.ok()) return grant.fault();
  session.send_receipt("opened", std::nullopt, 0);
  const auto& granted = grant.value();
  Summary summary{granted.sender, granted.study_revision, 0, 0, granted.issued, granted.not_after};
  Progress progress(!options.quiet && isatty(STDERR_FILENO) == 1, clock);
  TRY(open_packages(session, granted, options.out, progress, summary));
  return summary;
}

int exit_code(const base::Fault& fault) {
  struct Row {
    const char* where;
    int code;
  };
  constexpr Row kRows[] = {{"share.link", EX_DATAERR},        {"opener.typed", EX_DATAERR},
                           {"opener.usage", EX_USAGE},        {"opener.input", EX_NOINPUT},
                           {"opener.state", EX_UNAVAILABLE},  {"opener.code", EX_NOPERM},
                           {"opener.out", EX_CANTCREAT},      {"disk.make_folder", EX_CANTCREAT},
                           {"disk.open_folder", EX_CANTCREAT}};
  const auto row =
      std::ranges::find_if(kRows, [&](const Row& r) { return fault.where == r.where; });
  if (row != std::end(kRows)) return row->code;
  const bool network = fault.where == "opener.transport" || fault.where == "opener.portal";
  if (network && fault.remedy == base::Remedy::RetryLater) return EX_TEMPFAIL;
  if (network && fault.remedy == base::Remedy::AskAdministrator) return EX_CONFIG;
  return fault.remedy == base::Remedy::Reject ? EX_PROTOCOL : EX_IOERR;
}

}  // namespace opener
