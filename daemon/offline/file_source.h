// A plain file as a dicom::Source.
#pragma once

#include "dicom/stream.h"
#include "disk/descriptor.h"

namespace offline {

class FileSource : public dicom::Source {
 public:
  static base::Result<FileSource> of(disk::Descriptor file) {
    const auto size = TRY(disk::size_of(file.get()));
    return FileSource(std::move(file), size);
  }
  std::uint64_t size() const override { return size_; }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return disk::read_exact_at(file_.get(), into, offset);
  }

 private:
  FileSource(disk::Descriptor file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  disk::Descriptor file_;
  std::uint64_t size_;
};

}  // namespace offline
