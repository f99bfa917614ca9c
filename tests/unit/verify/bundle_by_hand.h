// A bundle composed step by step from the format's page, so that each step can be done wrong.
#pragma once

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <sys/mman.h>

#include <functional>

#include "bundle/format.h"
#include "bundle/zip_layout.h"
#include "dicom/write.h"
#include "seal/primitives.h"
#include "seal/schedule.h"
#include "seal/stream.h"
#include "share/index.h"
#include "share/link.h"
#include "verify/verify.h"

namespace by_hand {

template <typename T>
T must(base::Result<T> result) {
  if (!result.ok()) ADD_FAILURE() << result.fault().where << ": " << result.fault().what;
  return std::move(result).value();
}

inline base::Bytes bytes_of(std::string_view text) { return base::to_bytes(base::as_bytes(text)); }

inline dicom::Element element(dicom::Tag tag, dicom::VR vr, std::string_view text) {
  dicom::Element made;
  made.tag = tag;
  made.vr = vr;
  made.value = bytes_of(text);
  if (made.value.size() % 2 != 0) made.value.push_back(vr == dicom::VR("UI") ? 0 : ' ');
  return made;
}

// An image of a patient without a name.
inline base::Bytes image(int number, const base::Bytes& pixels, std::string_view description = "") {
  dicom::File file;
  file.meta.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  file.meta.sop_instance_uid = "2.25." + std::to_string(1000 + number);
  file.meta.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  file.syntax = dicom::transfer_syntax(file.meta.transfer_syntax_uid);
  file.elements = {element({0x0008, 0x0016}, "UI", file.meta.sop_class_uid),
                   element({0x0008, 0x0018}, "UI", file.meta.sop_instance_uid),
                   element({0x0008, 0x103E}, "LO", description),
                   element({0x0020, 0x000E}, "UI", "2.25.7"),
                   element({0x7FE0, 0x0010}, "OW", base::as_text(pixels))};
  dicom::MemorySink sink;
  must(dicom::write_file(file, dicom::MemorySource({}), sink));
  return sink.take();
}

struct Blob {
  disk::Descriptor file;
  base::SecretBytes segment_key;
  std::uint64_t length = 0;
  std::uint64_t sealed_length = 0;
};

inline Blob sealed(const base::Bytes& content, std::uint64_t length, std::uint8_t role) {
  Blob blob;
  blob.file = disk::Descriptor(memfd_create("test", MFD_CLOEXEC));
  const auto key = seal::random_secret(32);
  const auto ad = seal::blob_ad(std::array<std::uint8_t, 16>{role}, role);
  const auto stored = must(seal::seal_bytes(key, ad, content));
  must(disk::write_all(blob.file.get(), stored));
  blob.segment_key = seal::segment_key(key, base::ByteView(stored).subspan(1, seal::kSaltSize), ad);
  blob.length = length;
  blob.sealed_length = stored.size();
  return blob;
}

inline base::Bytes deflated(const base::Bytes& whole) {
  base::Bytes out(whole.size() + 1000);
  auto* compressor = libdeflate_alloc_compressor(1);
  out.resize(
      libdeflate_deflate_compress(compressor, whole.data(), whole.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

// One file of the package, and how it is entered.
struct File {
  std::string name;
  base::Bytes content;
  bool deflate = false;
  base::Bytes behind_deflated{};                            // hidden behind the deflate stream
  base::Bytes gap{};                                        // hidden behind the entry
  std::function<void(bundle::ZipEntry&)> header = nullptr;  // changes what its records say
};

struct Bundle {
  std::vector<File> files;
  identity::Identifiers identifiers{
      {{identity::Kind::Name, "vandermolen"}, {identity::Kind::Institution, "example"}}};
  std::string readme = bundle::write_readme("St. Example Hospital", "+1 555 0100");
  base::Bytes directory = image(0, {});  // any DICOM file
  bool deidentified = true, padded = true;
  std::uint32_t claimed_instances = 0;  // 0: as many as there are
  // Each may change what it is given.
  std::function<void(std::string&)> manifest = [](std::string&) {};
  std::function<void(base::Bytes&)> central = [](base::Bytes&) {};
  std::function<void(base::Bytes&)> padding = [](base::Bytes&) {};
  std::function<void(share::Index&)> index = [](share::Index&) {};
  std::function<void(std::string&)> index_text = [](std::string&) {};
  std::function<void(base::Bytes&)> index_content = [](base::Bytes&) {};
  std::function<void(jobs::VerifyJob&)> job = [](jobs::VerifyJob&) {};

  void add(int number, base::Bytes content) {
    files.push_back(
        {bundle::file_id(1, 1, static_cast<std::size_t>(number), '/'), std::move(content)});
  }
  jobs::VerifyReply verified();
  base::Bytes zip;  // after verified()

 private:
  void write_entry(const File& file);
  void write_zip();
  share::Index index_of_zip() const;
  base::Bytes central_;
  std::vector<share::Entry> entries_;
};

inline void Bundle::write_entry(const File& file) {
  base::Bytes stored = file.deflate ? deflated(file.content) : file.content;
  base::append(stored, file.behind_deflated);
  bundle::ZipEntry entry{file.name,
                         file.deflate ? bundle::Method::Deflated : bundle::Method::Stored,
                         libdeflate_crc32(0, file.content.data(), file.content.size()),
                         file.content.size(), stored.size()};
  if (file.header) file.header(entry);
  const auto at = zip.size();
  base::append(zip, bundle::local_header(entry));
  base::append(central_, bundle::central_record(entry, at));
  entries_.push_back({file.name, zip.size(), stored.size(), file.content.size(),
                      static_cast<int>(entry.method), seal::sha256(file.content)});
  base::append(zip, stored);
  base::append(zip, file.gap);
}

inline void Bundle::write_zip() {
  std::vector<File> all = files;
  all.push_back({"DICOMDIR", directory});
  all.push_back({"README.TXT", bytes_of(readme)});
  std::string lines;
  for (const auto& file : all)
    lines += bundle::manifest_line(file.name, seal::sha256(file.content));
  manifest(lines);
  all.insert(all.end() - 1, {"MANIFEST.SHA256", bytes_of(lines)});
  for (const auto& file : all) write_entry(file);
  const auto start = zip.size();
  base::append(central_, bundle::directory_end(all.size(), start, start + central_.size()));
  central(central_);
  base::append(zip, central_);
}

inline share::Index Bundle::index_of_zip() const {
  share::Index made;
  made.series.push_back({"2.25.7", "CT", "Thorax", "2", {}});
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i < files.size())
      made.series[0].instances.push_back({"2.25." + std::to_string(1001 + i),
                                          "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1",
                                          entries_[i], 1});
    else
      made.others.push_back(entries_[i]);
  }
  return made;
}

inline jobs::VerifyReply Bundle::verified() {
  write_zip();
  base::Bytes package = zip;
  if (padded) package.resize(share::padded_size(package.size()));
  padding(package);
  share::Index lists = index_of_zip();
  index(lists);
  std::string text = must(share::write_index(lists));
  index_text(text);
  base::Bytes index_blob;
  base::append_u32_be(index_blob, static_cast<std::uint32_t>(text.size()));
  base::append(index_blob, deflated(bytes_of(text)));
  index_content(index_blob);
  const auto index_size = index_blob.size();
  if (padded) index_blob.resize(share::padded_size(index_size));
  Blob one = sealed(package, zip.size(), 1);
  Blob two = sealed(index_blob, index_size, 2);
  jobs::VerifyJob asked;
  asked.package = {
      {1}, std::move(one.file), std::move(one.segment_key), one.length, one.sealed_length};
  asked.index = {
      {2}, std::move(two.file), std::move(two.segment_key), two.length, two.sealed_length};
  asked.deidentified = deidentified;
  asked.padded = padded;
  asked.instances =
      claimed_instances != 0 ? claimed_instances : static_cast<std::uint32_t>(files.size());
  asked.identifiers = identifiers;
  job(asked);
  return must(verify::verify(asked));
}

}  // namespace by_hand
