#include "pixels/recode.h"

#include <algorithm>

#include "pixels/painter.h"

namespace pixels {
namespace {

// Of a codestream with fewer bits than the header says, the bits that it has.
Layout narrowed(Layout layout, std::uint16_t precision) {
  if (layout.high_bit < precision) return layout;
  layout.high_bit = static_cast<std::uint16_t>(precision - 1);
  layout.stored = std::min(layout.stored, precision);
  return layout;
}

}  // namespace

base::Result<std::unique_ptr<Recode>> Recode::create(const dicom::File& file,
                                                     const dicom::Source& source, Decode decode,
                                                     Mask mask) {
  std::unique_ptr<Recode> recode(new Recode(source, std::move(decode), std::move(mask)));
  TRY(recode->measure(file));
  return recode;
}

base::Status Recode::measure(const dicom::File& file) {
  const auto first = TRY(decode_.frame(0));
  precision_ = first.precision;
  transformed_ = first.transformed;
  layout_ = narrowed(decode_.layout(), precision_);
  black_ = TRY(black_of(file, source_, layout_, precision_));
  std::uint64_t offset = source_.size(), kept = 0;
  for (std::uint32_t i = 0; i < decode_.frames(); ++i) {
    auto bytes = TRY(make(i));
    Frame frame{offset, bytes.size(), {}};
    kept += bytes.size();
    if (kept <= kKept) frame.kept = std::move(bytes);
    offset += frame.length;
    frames_.push_back(std::move(frame));
  }
  return base::Done{};
}

base::Result<base::Bytes> Recode::make(std::uint32_t number) const {
  auto raster = TRY(decode_.frame(number));
  if (raster.precision != precision_ || raster.transformed != transformed_) return undecodable();
  Painter(layout_, mask_, black_).paint(raster.samples, 0);
  return decode_.codec().encode(raster, decode_.layout());
}

base::Result<const base::Bytes*> Recode::bytes_of(std::uint32_t number) const {
  const auto& frame = frames_[number];
  if (frame.kept.size() == frame.length) return &frame.kept;
  if (current_ != number) {
    current_ = ~0u;
    made_ = TRY(make(number));
    if (made_.size() != frame.length)
      return base::reject("pixels.recode", "a frame differed when it was encoded again");
    current_ = number;
  }
  return &made_;
}

std::uint64_t Recode::size() const {
  return frames_.empty() ? source_.size() : frames_.back().offset + frames_.back().length;
}

base::Status Recode::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  const auto own = source_.size();
  if (offset > size() || into.size() > size() - offset)
    return base::reject("pixels.recode", "length past the end");
  if (offset < own) {
    const auto take = std::min<std::uint64_t>(into.size(), own - offset);
    TRY(source_.read(offset, into.first(take)));
    into = into.subspan(take);
    offset = own;
  }
  auto frame = std::upper_bound(frames_.begin(), frames_.end(), offset,
                                [](std::uint64_t at, const Frame& one) { return at < one.offset; });
  while (!into.empty()) {
    const auto& one = *(frame - 1);
    const auto* bytes = TRY(bytes_of(static_cast<std::uint32_t>(frame - 1 - frames_.begin())));
    const auto take = std::min<std::uint64_t>(into.size(), one.offset + one.length - offset);
    const auto from = bytes->begin() + static_cast<std::ptrdiff_t>(offset - one.offset);
    std::copy_n(from, take, into.begin());
    into = into.subspan(take);
    offset += take;
    ++frame;
  }
  return base::Done{};
}

std::vector<dicom::Extent> Recode::extents() const {
  std::vector<dicom::Extent> all{{source_.size(), 0}};
  for (const auto& frame : frames_) all.push_back({frame.offset, frame.length});
  return all;
}

}  // namespace pixels
