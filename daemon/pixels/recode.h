// Compressed frames, blanked and encoded again, as bytes that follow those of the original source.
#pragma once

#include <memory>

#include "dicom/stream.h"
#include "pixels/black.h"
#include "pixels/decode.h"
#include "pixels/mask.h"

namespace pixels {

class Recode : public dicom::Source {
 public:
  // Encodes every frame once, so that all lengths are known. What is more than kKept bytes in all
  // is made again when it is read: the same bytes, and one frame in memory.
  static base::Result<std::unique_ptr<Recode>> create(const dicom::File& file,
                                                      const dicom::Source& source, Decode decode,
                                                      Mask mask);
  static constexpr std::uint64_t kKept = 8u << 20;

  std::uint64_t size() const override;
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override;

  std::vector<dicom::Extent> extents() const;  // an empty offset table, then the frames
  bool transformed() const { return transformed_; }

 private:
  struct Frame {
    std::uint64_t offset = 0, length = 0;
    base::Bytes kept;
  };
  Recode(const dicom::Source& source, Decode decode, Mask mask)
      : source_(source), decode_(std::move(decode)), mask_(std::move(mask)) {}
  base::Status measure(const dicom::File& file);
  base::Result<base::Bytes> make(std::uint32_t number) const;
  base::Result<const base::Bytes*> bytes_of(std::uint32_t number) const;

  const dicom::Source& source_;
  Decode decode_;
  Mask mask_;
  Layout layout_;  // with the bits that a sample really has
  Black black_{};
  std::uint16_t precision_ = 0;
  bool transformed_ = false;
  std::vector<Frame> frames_;
  // One reader at a time, as of every source.
  mutable std::uint32_t current_ = ~0u;
  mutable base::Bytes made_;
};

}  // namespace pixels
