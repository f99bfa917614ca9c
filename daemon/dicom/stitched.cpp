#include "dicom/stitched.h"

#include <algorithm>

namespace dicom {

void StitchedSource::place(Kind kind, std::uint64_t offset, std::uint64_t length,
                           std::uint32_t filter) {
  if (length == 0) return;
  pieces_.push_back({end_, offset, filter, kind});
  end_ += length;
}

void StitchedSource::add(const Extent& from) { place(Kind::Original, from.offset, from.length); }

void StitchedSource::add(const Extent& from, std::shared_ptr<const Filter> filter) {
  filters_.push_back(std::move(filter));
  place(Kind::Original, from.offset, from.length, static_cast<std::uint32_t>(filters_.size()));
}

void StitchedSource::add(base::ByteView made) {
  place(Kind::Made, made_.size(), made.size());
  base::append(made_, made);
}

void StitchedSource::add_zeros(std::uint64_t length) { place(Kind::Zeros, 0, length); }

std::uint64_t StitchedSource::end_of(std::size_t piece) const {
  return piece + 1 < pieces_.size() ? pieces_[piece + 1].at : end_;
}

base::Status StitchedSource::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset < original_->size()) return original_->read(offset, into);
  if (offset > end_ || into.size() > end_ - offset)
    return base::reject("dicom.read", "length past the end");
  const auto behind =
      std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                       [](std::uint64_t at, const Piece& piece) { return at < piece.at; });
  auto piece = static_cast<std::size_t>(behind - pieces_.begin());
  for (; !into.empty(); ++piece) {
    const auto take =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), end_of(piece - 1) - offset));
    TRY(read_piece(piece - 1, offset - pieces_[piece - 1].at, into.first(take)));
    offset += take;
    into = into.subspan(take);
  }
  return base::Done{};
}

base::Status StitchedSource::read_piece(std::size_t index, std::uint64_t at,
                                        std::span<std::uint8_t> into) const {
  const auto& piece = pieces_[index];
  if (piece.kind == Kind::Zeros) {
    std::fill(into.begin(), into.end(), std::uint8_t{0});
    return base::Done{};
  }
  if (piece.kind == Kind::Made) {
    std::copy_n(made_.data() + piece.offset + at, into.size(), into.data());
    return base::Done{};
  }
  if (piece.filter != 0) return read_filtered(index, at, into);
  return original_->read(piece.offset + at, into);
}

base::Status StitchedSource::read_filtered(std::size_t index, std::uint64_t at,
                                           std::span<std::uint8_t> into) const {
  const auto& piece = pieces_[index];
  const auto& filter = *filters_[piece.filter - 1];
  const auto grain = filter.grain();
  const auto before = static_cast<std::size_t>(at % grain);
  const auto whole = end_of(index) - piece.at;
  const auto wanted = before + into.size();
  const auto length = static_cast<std::size_t>(
      std::min<std::uint64_t>((wanted + grain - 1) / grain * grain, whole - (at - before)));
  if (length == into.size()) {
    TRY(original_->read(piece.offset + at, into));
    filter.apply(at, into);
    return base::Done{};
  }
  base::Bytes aligned(length);
  TRY(original_->read(piece.offset + at - before, aligned));
  filter.apply(at - before, aligned);
  std::copy_n(aligned.data() + before, into.size(), into.data());
  return base::Done{};
}

}  // namespace dicom
