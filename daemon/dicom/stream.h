// Where a file's bytes come from and go to. Implemented over sealed spool files, memory and plain
// descriptors; dicom itself does no I/O.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace dicom {

class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `into` from `offset`; Reject when the source ends before.
  virtual base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual base::Status write(base::ByteView bytes) = 0;
};

class MemorySource : public Source {
 public:
  explicit MemorySource(base::ByteView bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  base::ByteView bytes_;
};

class MemorySink : public Sink {
 public:
  base::Status write(base::ByteView bytes) override {
    base::append(bytes_, bytes);
    return base::Done{};
  }
  const base::Bytes& bytes() const { return bytes_; }
  base::Bytes take() { return std::move(bytes_); }

 private:
  base::Bytes bytes_;
};

}  // namespace dicom
