// A source with more behind its end: stretches made of pieces of it, so that what is written can
// differ from what was read and is held nowhere. One may stand on another.
#pragma once

#include <memory>
#include <vector>

#include "dicom/data_set.h"
#include "dicom/stream.h"

namespace dicom {

// Changes bytes on their way. Pure: the same bytes at the same place give the same.
class Filter {
 public:
  virtual ~Filter() = default;
  // Bytes that belong together: it is only asked for whole ones (except at the stretch's end).
  virtual std::size_t grain() const { return 1; }
  // `at` counts from the beginning of the piece.
  virtual void apply(std::uint64_t at, std::span<std::uint8_t> bytes) const = 0;
};

class StitchedSource : public Source {
 public:
  // `original` must outlive it; with `keep`, whatever that stands on lives as long.
  explicit StitchedSource(const Source& original, std::shared_ptr<const Source> keep = nullptr)
      : original_(&original), keep_(std::move(keep)), end_(original.size()) {}

  // What is added goes behind what was added last. begin() opens a stretch, end() gives its extent.
  void begin() { begun_ = end_; }
  void add(const Extent& from);
  void add(const Extent& from, std::shared_ptr<const Filter> filter);
  void add(base::ByteView made);
  void add_zeros(std::uint64_t length);
  Extent end() const { return {begun_, end_ - begun_}; }

  std::uint64_t size() const override { return end_; }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  enum class Kind : std::uint8_t { Original, Made, Zeros };
  struct Piece {
    std::uint64_t at;      // in this source
    std::uint64_t offset;  // in the original, or in made_
    std::uint32_t filter;  // 1 is filters_[0]
    Kind kind;
  };

  void place(Kind kind, std::uint64_t offset, std::uint64_t length, std::uint32_t filter = 0);
  std::uint64_t end_of(std::size_t piece) const;
  base::Status read_piece(std::size_t piece, std::uint64_t at, std::span<std::uint8_t> into) const;
  base::Status read_filtered(std::size_t piece, std::uint64_t at,
                             std::span<std::uint8_t> into) const;

  const Source* original_;
  std::shared_ptr<const Source> keep_;
  std::uint64_t begun_ = 0;
  std::uint64_t end_;
  std::vector<Piece> pieces_;
  base::Bytes made_;
  std::vector<std::shared_ptr<const Filter>> filters_;
};

}  // namespace dicom
