// The package's ZIP, read front to back once: every record composed again and compared, every file
// unpacked, digested and searched, and nothing between, before or behind them.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bundle/format.h"
#include "bundle/zip_layout.h"
#include "identity/identifiers.h"
#include "verify/reader.h"

namespace verify {

using Digest = std::array<std::uint8_t, 32>;

// May be filled in the background.
struct Judgement {
  Digest sha256{};
  std::optional<base::Fault> fault;
};
struct Found {
  bundle::ZipEntry entry;
  std::uint64_t header_offset = 0;
  std::uint64_t data_offset = 0;
  std::shared_ptr<Judgement> judgement = std::make_shared<Judgement>();
};

class Package {
 public:
  // `searcher` may be nullptr: nothing is searched.
  Package(Blob& blob, Background& background, const identity::Searcher* searcher)
      : blob_(blob), reader_(blob), background_(background), searcher_(searcher) {}

  // The whole ZIP; Reject at the first thing that is not as a package is written.
  base::Status read();
  // After read(): instances, then DICOMDIR, manifest and README.
  const std::vector<Found>& found() const { return found_; }
  std::uint32_t instances() const { return instances_; }
  const std::string& readme() const { return readme_; }
  // The manifest names every other file with its digest, and nothing else.
  base::Status check_manifest() const;

 private:
  base::Result<bool> read_entry();  // false: the central directory begins
  base::Status read_directory(base::ByteView begun);
  base::Status name_fits(const bundle::ZipEntry& entry);
  base::Status read_small(Found& found);
  base::Status read_large(Found& found);
  base::Result<Shared> unpacked(const Found& found);
  base::Status judge(const Found& found, const Shared& file);
  base::Status settle();

  Blob& blob_;
  Reader reader_;
  Background& background_;
  const identity::Searcher* searcher_;
  std::vector<Found> found_;
  std::uint32_t instances_ = 0;
  std::string manifest_, readme_;
  std::shared_ptr<std::mutex> large_header_ = std::make_shared<std::mutex>();
};

}  // namespace verify
