#include "verify/package.h"

#include <libdeflate.h>

#include <algorithm>
#include <unordered_set>

#include "verify/inflate.h"
#include "verify/scan.h"

namespace verify {
namespace {

constexpr std::size_t kLargestHeader = 256;
constexpr std::uint64_t kLargeHeader = 4u << 20;
constexpr std::uint64_t kHeldWhole = bundle::kLargestDeflated;
constexpr std::string_view kOwnFiles[] = {bundle::kDirectoryName, bundle::kManifestName,
                                          bundle::kReadmeName};

base::Fault unlike(const char* what) { return base::reject("verify.package", what); }

// A file of an entry within the package, for its header to be read before it is streamed.
class EntrySource : public dicom::Source {
 public:
  EntrySource(const Blob& blob, std::uint64_t offset, std::uint64_t size)
      : blob_(blob), offset_(offset), size_(size) {}
  std::uint64_t size() const override { return size_; }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    if (offset > size_ || into.size() > size_ - offset)
      return base::reject("verify.package", "a file ends too early");
    return blob_.read(offset_ + offset, into);
  }

 private:
  const Blob& blob_;
  std::uint64_t offset_, size_;
};

base::Status search(const base::Bytes& file, const identity::Searcher& searcher) {
  Scan scan(searcher, TRY(scan_header(dicom::MemorySource(file), searcher)), file.size());
  TRY(scan.feed(file));
  return scan.finish();
}

}  // namespace

base::Status Package::read() {
  while (TRY(read_entry())) {
  }
  if (!reader_.at_end()) return unlike("bytes behind the end of the ZIP");
  return settle();
}

base::Status Package::settle() {
  background_.drain();
  for (const Found& found : found_)
    if (found.judgement->fault) return *found.judgement->fault;
  return base::Done{};
}

base::Result<bool> Package::read_entry() {
  Found found;
  found.header_offset = reader_.position();
  base::Bytes header = TRY(reader_.take(bundle::kLocalHeaderSize));
  const auto size = bundle::local_header_size(header);
  if (!size) {
    TRY(read_directory(header));
    return false;
  }
  if (*size > kLargestHeader) return unlike("a local header that is too long");
  base::append(header, TRY(reader_.take(*size - header.size())));
  auto entry = bundle::parse_local_header(header);
  if (!entry) return unlike("a local header that is not as it is written");
  found.entry = std::move(*entry);
  found.data_offset = reader_.position();
  if (found.entry.stored > blob_.size() - found.data_offset)
    return unlike("an entry that is longer than the package");
  TRY(name_fits(found.entry));
  const bool small = found.entry.size <= kHeldWhole && found.entry.stored <= kHeldWhole;
  TRY(small ? read_small(found) : read_large(found));
  found_.push_back(std::move(found));
  return true;
}

// Instances first, each name above the one before in its series; then the package's own files in
// their order.
base::Status Package::name_fits(const bundle::ZipEntry& entry) {
  if (bundle::is_instance_name(entry.name)) {
    if (found_.size() != instances_) return unlike("an instance behind the package's own files");
    ++instances_;
    return base::Done{};
  }
  const std::size_t own = found_.size() - instances_;
  if (own >= std::size(kOwnFiles) || entry.name != kOwnFiles[own])
    return unlike("an entry that does not belong into a package");
  return base::Done{};
}

base::Result<Shared> Package::unpacked(const Found& found) {
  base::Bytes stored = TRY(reader_.take(static_cast<std::size_t>(found.entry.stored)));
  if (found.entry.method == bundle::Method::Deflated)
    return Shared(std::make_shared<base::Bytes>(TRY(inflated(stored, found.entry.size))));
  if (found.entry.stored != found.entry.size) return unlike("a stored entry of two sizes");
  return Shared(std::make_shared<base::Bytes>(std::move(stored)));
}

base::Status Package::read_small(Found& found) {
  const Shared file = TRY(unpacked(found));
  if (libdeflate_crc32(0, file->data(), file->size()) != found.entry.crc)
    return unlike("an entry with a wrong CRC-32");
  background_.share(file->size(),
                    [file, to = found.judgement] { to->sha256 = seal::sha256(*file); });
  return judge(found, file);
}

base::Status Package::judge(const Found& found, const Shared& file) {
  if (found.entry.name == bundle::kManifestName) manifest_ = base::as_text(*file);
  if (found.entry.name == bundle::kReadmeName) {
    readme_ = base::as_text(*file);
    return base::Done{};  // its fixed text is compared, its two values are searched
  }
  if (searcher_ == nullptr) return base::Done{};
  if (found.entry.name == bundle::kManifestName)
    return scan_whole(*searcher_, *file, "the manifest");
  background_.share(file->size(),
                    [file, to = found.judgement, searcher = searcher_, alone = large_header_] {
                      // Two headers of two million elements at once would not fit into the memory
                      // of a child.
                      std::unique_lock<std::mutex> held(*alone, std::defer_lock);
                      if (file->size() > kLargeHeader) held.lock();
                      const auto searched = search(*file, *searcher);
                      if (!searched.ok()) to->fault = searched.fault();
                    });
  return base::Done{};
}

base::Status Package::read_large(Found& found) {
  const auto& entry = found.entry;
  if (entry.method != bundle::Method::Stored) return unlike("a deflated entry that is too large");
  if (entry.stored != entry.size) return unlike("a stored entry of two sizes");
  const bool manifest = entry.name == bundle::kManifestName;
  if (entry.name == bundle::kReadmeName) return unlike("a README that is too large");
  std::optional<Scan> scan;
  if (searcher_ != nullptr) {
    PixelZone pixels;
    if (entry.name != bundle::kManifestName)
      pixels = TRY(scan_header(EntrySource(blob_, found.data_offset, entry.size), *searcher_));
    scan.emplace(*searcher_, pixels, entry.size);
  }
  std::uint32_t crc = 0;
  seal::Sha256 hash;  // here: the background digests the same bytes twice already
  for (std::uint64_t rest = entry.stored; rest > 0;) {
    const Part part = TRY(reader_.some(rest));
    rest -= part.bytes.size();
    crc = libdeflate_crc32(crc, part.bytes.data(), part.bytes.size());
    hash.update(part.bytes);
    if (scan) TRY(scan->feed(part.bytes));
    if (manifest) manifest_ += base::as_text(part.bytes);
  }
  found.judgement->sha256 = hash.finish();
  if (crc != entry.crc) return unlike("an entry with a wrong CRC-32");
  return scan ? scan->finish() : base::Done{};
}

// `begun`: what was read in the hope of a local header.
base::Status Package::read_directory(base::ByteView begun) {
  if (found_.size() != instances_ + std::size(kOwnFiles))
    return unlike("a package without its own files");
  const std::uint64_t start = reader_.position() - begun.size();
  base::Bytes held = base::to_bytes(begun);
  auto expect = [&](const base::Bytes& record) -> base::Status {
    if (record.size() > held.size())
      base::append(held, TRY(reader_.take(record.size() - held.size())));
    if (!std::equal(record.begin(), record.end(), held.begin()))
      return unlike("a central directory that is not that of the entries");
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(record.size()));
    return base::Done{};
  };
  for (const Found& found : found_)
    TRY(expect(bundle::central_record(found.entry, found.header_offset)));
  TRY(expect(bundle::directory_end(found_.size(), start, reader_.position() - held.size())));
  if (!held.empty()) return unlike("bytes behind the end of the ZIP");
  return base::Done{};
}

base::Status Package::check_manifest() const {
  std::vector<std::string> expected, named;
  std::unordered_set<std::string_view> names;
  for (const Found& found : found_) {
    if (!names.insert(found.entry.name).second) return unlike("a file name twice");
    if (found.entry.name != bundle::kManifestName)
      expected.push_back(bundle::manifest_line(found.entry.name, found.judgement->sha256));
  }
  for (std::size_t begin = 0; begin < manifest_.size();) {
    const std::size_t end = std::min(manifest_.find('\n', begin), manifest_.size() - 1) + 1;
    named.push_back(manifest_.substr(begin, end - begin));
    begin = end;
  }
  std::sort(expected.begin(), expected.end());
  std::sort(named.begin(), named.end());
  if (expected != named) return unlike("a manifest that is not that of the files");
  return base::Done{};
}

}  // namespace verify
