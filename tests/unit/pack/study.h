// Instances sealed as the spool holds them, a feed that hands them out, and a look into what was
// prepared from them.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "dicom/read.h"
#include "dicom/write.h"
#include "pack/prepare.h"
#include "seal/schedule.h"
#include "seal/stream.h"
#include "spool/format.h"

namespace study {

template <typename T>
T must(base::Result<T> result) {
  if (!result.ok()) ADD_FAILURE() << result.fault().where << ": " << result.fault().what;
  return std::move(result).value();
}

inline disk::Descriptor memory() { return disk::Descriptor(memfd_create("test", MFD_CLOEXEC)); }

inline dicom::Element element(dicom::Tag tag, dicom::VR vr, std::string_view text) {
  dicom::Element made;
  made.tag = tag;
  made.vr = vr;
  made.value = base::to_bytes(base::as_bytes(text));
  if (made.value.size() % 2 != 0) made.value.push_back(vr == dicom::VR("UI") ? 0 : ' ');
  return made;
}

inline constexpr const char* kCT = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr const char* kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

inline constexpr std::size_t kColumns = 32768;

inline std::string word(std::size_t number) {
  return {static_cast<char>(number & 0xFF), static_cast<char>(number >> 8 & 0xFF)};
}

// One image of one patient's study, 16 bits, fewer pixels than it says; ascending tags.
inline dicom::File image(int number, const base::Bytes& pixels, const char* sop_class = kCT,
                         const char* series = "1.2.3.2") {
  const std::string uid = "1.2.3." + std::to_string(1000 + number);
  dicom::File file;
  file.meta.sop_class_uid = sop_class;
  file.meta.sop_instance_uid = uid;
  file.meta.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  file.syntax = dicom::transfer_syntax(file.meta.transfer_syntax_uid);
  file.elements = {element({0x0008, 0x0008}, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
                   element({0x0008, 0x0016}, "UI", sop_class),
                   element({0x0008, 0x0018}, "UI", uid),
                   element({0x0008, 0x0020}, "DA", "20230517"),
                   element({0x0008, 0x0060}, "CS", "CT"),
                   element({0x0010, 0x0010}, "PN", "VANDERMOLEN^WILHELMINA"),
                   element({0x0010, 0x0020}, "LO", "MRN-7734-XQ"),
                   element({0x0020, 0x000D}, "UI", "1.2.3.1"),
                   element({0x0020, 0x000E}, "UI", series),
                   element({0x0020, 0x0011}, "IS", "2"),
                   element({0x0020, 0x0013}, "IS", std::to_string(number)),
                   element({0x0028, 0x0010}, "US", word((pixels.size() + kColumns - 1) / kColumns)),
                   element({0x0028, 0x0011}, "US", word(std::min(pixels.size(), kColumns))),
                   element({0x0028, 0x0100}, "US", word(16))};
  dicom::Element data = element({0x7FE0, 0x0010}, "OW", base::as_text(pixels));
  file.elements.push_back(std::move(data));
  return file;
}

inline base::Bytes written(const dicom::File& file) {
  dicom::MemorySink sink;
  must(dicom::write_file(file, dicom::MemorySource({}), sink));
  return sink.take();
}

inline jobs::SealedInstance sealed(std::int64_t row, base::ByteView content) {
  disk::Descriptor file = memory();
  const auto header = spool::write_header({});
  must(disk::write_all(file.get(), header));
  const auto ikm = seal::random_secret(32);
  const auto ad = spool::associated_data(header);
  auto sealer = must(seal::Sealer::create(
      ikm, ad, [&](base::ByteView bytes) { return disk::write_all(file.get(), bytes); }));
  must(sealer.give(content));
  must(sealer.finish());
  base::Bytes salt(seal::kSaltSize);
  must(disk::read_exact_at(file.get(), salt, spool::kHeaderSize + 1));
  return {row, std::move(file), seal::segment_key(ikm, salt, ad)};
}

class MemoryFeed : public pack::Feed {
 public:
  void add(base::ByteView content) {
    instances_.push_back(sealed(static_cast<std::int64_t>(instances_.size()) + 1, content));
    if (auto file = dicom::read_file(dicom::MemorySource(content)); file.ok())
      identity::merge(identifiers, identity::collect(file.value()));
  }
  base::Result<std::vector<jobs::SealedInstance>> fetch(std::uint32_t from,
                                                        std::uint32_t count) override {
    if (broken) return base::retry_later("test", "dispatch went away");
    EXPECT_LE(count, 64u);
    std::vector<jobs::SealedInstance> batch;
    for (auto i = from; i < from + count; ++i)
      batch.push_back({instances_[i].instance, must(instances_[i].file.duplicate()),
                       instances_[i].segment_key.copy()});
    return batch;
  }
  base::Status progress(std::uint64_t done, std::uint64_t) override {
    last_progress = done;
    return base::Done{};
  }
  int file_of(std::size_t number) const { return instances_[number].file.get(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(instances_.size()); }

  identity::Identifiers identifiers;
  bool broken = false;
  std::uint64_t last_progress = 0;

 private:
  std::vector<jobs::SealedInstance> instances_;
};

inline jobs::PrepareJob job(const MemoryFeed& feed, const char* base = "basic") {
  jobs::PrepareJob made;
  made.instances = feed.size();
  made.profile.base = base;
  made.uid_key = base::SecretBytes(base::Bytes(32));
  made.pseudonym = "PW96NNST8Z6YH";
  made.identifiers = feed.identifiers;
  made.package_id[0] = 1;
  made.index_id[0] = 2;
  made.package_key = seal::random_secret(32);
  made.index_key = seal::random_secret(32);
  made.package = memory();
  made.index = memory();
  made.sender = "St. Example Hospital";
  made.contact = "+1 555 0100";
  return made;
}

// The whole plaintext of a blob, padding included.
inline base::Bytes unsealed(const disk::Descriptor& file, const base::SecretBytes& key,
                            base::ByteView id, std::uint8_t role) {
  base::Bytes stored(must(disk::size_of(file.get())));
  must(disk::read_exact_at(file.get(), stored, 0));
  return must(seal::open_bytes(key, seal::blob_ad(id, role), stored));
}

inline base::Bytes package_of(const jobs::PrepareJob& job) {
  return unsealed(job.package, job.package_key, job.package_id, 1);
}

}  // namespace study
