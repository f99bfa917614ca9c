#include "pack/measure.h"

#include <algorithm>
#include <iterator>

#include "dicom/write.h"
#include "pack/deflate.h"

namespace pack {
namespace {

base::Fault residual(int part) {
  return base::reject("pack.search", part == 1 ? "an identifier of the study in its pixel data"
                                               : "an identifier of the study in its header");
}

bool is_pixel_data(const dicom::Element& element) {
  return element.tag == dicom::Tag{0x7FE0, 0x0008} || element.tag == dicom::Tag{0x7FE0, 0x0009} ||
         element.tag == dicom::Tag{0x7FE0, 0x0010};
}

}  // namespace

PixelZone pixel_zone(dicom::File& file) {
  const auto found = std::find_if(file.elements.begin(), file.elements.end(), is_pixel_data);
  if (found == file.elements.end()) return {};
  const std::uint64_t whole = dicom::written_size(file);
  dicom::File behind;
  behind.meta = file.meta;
  behind.syntax = file.syntax;
  const std::uint64_t head = dicom::written_size(behind);
  behind.elements.assign(std::make_move_iterator(found + 1),
                         std::make_move_iterator(file.elements.end()));
  dicom::Element pixels = std::move(*found);
  file.elements.erase(found, file.elements.end());
  const std::uint64_t before = dicom::written_size(file);
  const PixelZone zone{before + (file.syntax.explicit_vr ? 12u : 8u),
                       whole - (dicom::written_size(behind) - head)};
  file.elements.push_back(std::move(pixels));
  std::move(behind.elements.begin(), behind.elements.end(), std::back_inserter(file.elements));
  return zone;
}

Measure::Measure(const identity::Searcher* searcher, PixelZone pixels, std::uint64_t expected,
                 bool keep)
    : searcher_(searcher), pixels_(pixels), expected_(expected), keep_(keep) {
  if (keep_) kept_.reserve(static_cast<std::size_t>(expected));
  if (searcher_ != nullptr) pass_.emplace(*searcher_, false);
}

base::Status Measure::write(base::ByteView bytes) {
  if (bytes.size() > expected_ - size_)
    return base::reject("pack.measure", "more bytes than its header promises");
  if (searcher_ != nullptr) TRY(search(bytes));
  size_ += bytes.size();
  crc_ = crc32(crc_, bytes);
  hash_.update(bytes);
  if (keep_) base::append(kept_, bytes);
  return base::Done{};
}

base::Status Measure::finish() {
  if (size_ != expected_)
    return base::reject("pack.measure", "fewer bytes than its header promises");
  if (pass_ && pass_->finish()) return residual(part_);
  sha256_ = hash_.finish();
  return base::Done{};
}

std::uint64_t Measure::part_end() const {
  if (part_ == 0 && pixels_.end != 0) return pixels_.begin;
  return part_ == 1 ? pixels_.end : expected_;
}

base::Status Measure::search(base::ByteView bytes) {
  while (!bytes.empty()) {
    if (searched_ == part_end()) TRY(next_part());
    const auto taken =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), part_end() - searched_));
    if (pass_->feed(bytes.first(taken))) return residual(part_);
    searched_ += taken;
    bytes = bytes.subspan(taken);
  }
  return base::Done{};
}

base::Status Measure::next_part() {
  if (pass_->finish()) return residual(part_);
  ++part_;
  pass_.emplace(*searcher_, part_ == 1);
  return base::Done{};
}

base::Status search_whole(const identity::Searcher* searcher, base::ByteView bytes) {
  if (searcher == nullptr) return base::Done{};
  identity::Searcher::Pass pass(*searcher);
  if (pass.feed(bytes) || pass.finish())
    return base::reject("pack.search", "an identifier of the study in a file of the bundle's own");
  return base::Done{};
}

}  // namespace pack
