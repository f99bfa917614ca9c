#include "pack/bundle.h"

#include "pack/deflate.h"
#include "pack/directory.h"

namespace pack {
namespace {

constexpr std::uint8_t kPackageRole = 1;
constexpr std::uint8_t kIndexRole = 2;

const identity::Searcher* searcher_of(const Workshop& workshop) {
  return workshop.engine == nullptr ? nullptr : &workshop.engine->searcher();
}

std::string manifest_of(const FileSet& files) {
  std::string text;
  files.each([&](const std::string& name, const Instance& instance) {
    text += bundle::manifest_line(name, instance.place.sha256);
  });
  return text;
}

}  // namespace

Bundle::Bundle(const jobs::PrepareJob& job, std::unique_ptr<SealedFile> package)
    : job_(&job),
      package_(std::move(package)),
      zip_([file = package_.get()](base::ByteView bytes) { return file->write(bytes); }) {}

base::Result<Bundle> Bundle::create(const jobs::PrepareJob& job) {
  auto package = std::make_unique<SealedFile>(
      TRY(SealedFile::create(job.package.get(), job.package_key, job.package_id, kPackageRole)));
  return Bundle(job, std::move(package));
}

base::Status Bundle::add(FirstPass first, Workshop& workshop) {
  const auto [name, place] = TRY(files_.add(std::move(first.head)));
  TRY(zip_.begin({name, first.method, first.crc, first.size, first.stored}));
  *place = {zip_.offset(), first.stored, first.size, first.method, first.sha256};
  return second_pass(first, workshop, [this](base::ByteView bytes) { return zip_.give(bytes); });
}

base::Result<Place> Bundle::add_own(std::string_view name, base::ByteView content, bool compress) {
  Place place{.size = content.size(), .sha256 = seal::sha256(content)};
  std::optional<base::Bytes> shrunk;
  if (compress) shrunk = deflated(content);
  place.method = shrunk ? Method::Deflated : Method::Stored;
  const base::ByteView stored = shrunk ? base::ByteView(*shrunk) : content;
  place.stored = stored.size();
  TRY(zip_.begin({std::string(name), place.method, crc32(0, content), place.size, place.stored}));
  place.offset = zip_.offset();
  TRY(zip_.give(stored));
  others_.push_back(index_entry(std::string(name), place));
  return place;
}

base::Status Bundle::add_own_files(const Workshop& workshop) {
  const std::string readme = bundle::write_readme(job_->sender, job_->contact);
  std::string manifest = manifest_of(files_);
  {
    const base::Bytes directory = TRY(write_directory(files_, job_->package_id));
    TRY(search_whole(searcher_of(workshop), directory));
    const Place place = TRY(add_own(bundle::kDirectoryName, directory, job_->compress));
    manifest += bundle::manifest_line(bundle::kDirectoryName, place.sha256);
  }
  manifest += bundle::manifest_line(bundle::kReadmeName, seal::sha256(base::as_bytes(readme)));
  TRY(search_whole(searcher_of(workshop), base::as_bytes(manifest)));
  TRY(add_own(bundle::kManifestName, base::as_bytes(manifest), job_->compress));
  // Not searched: a fixed text and two settings, which may well name the hospital that the
  // originals came from.
  TRY(add_own(bundle::kReadmeName, base::as_bytes(readme), false));
  return base::Done{};
}

// What it says of the instances was searched in their headers and in the DICOMDIR.
base::Result<jobs::SealedBlob> Bundle::write_index() {
  share::Index index = index_of(files_);
  index.others = std::move(others_);
  files_ = FileSet();
  const std::string text = TRY(share::write_index(index));
  auto file =
      TRY(SealedFile::create(job_->index.get(), job_->index_key, job_->index_id, kIndexRole));
  base::Bytes content;
  base::append_u32_be(content, static_cast<std::uint32_t>(text.size()));
  base::append(content, deflated_text(text));
  TRY(file.write(content));
  return file.finish(job_->pad);
}

base::Result<Bundle::Blobs> Bundle::finish(const Workshop& workshop) {
  TRY(add_own_files(workshop));
  TRY(zip_.finish());
  Blobs blobs;
  blobs.package = TRY(package_->finish(job_->pad));
  blobs.index = TRY(write_index());
  return blobs;
}

}  // namespace pack
