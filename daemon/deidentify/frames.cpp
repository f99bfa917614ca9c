#include "deidentify/frames.h"

#include <algorithm>

#include "deidentify/codestream.h"
#include "deidentify/frame_size.h"
#include "deidentify/rle_frame.h"
#include "dicom/byte_order.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Extent;
using dicom::Tag;

constexpr Tag kPixelData{0x7FE0, 0x0010};
constexpr Tag kOffsets{0x7FE0, 0x0001};
constexpr Tag kLengths{0x7FE0, 0x0002};
constexpr std::uint64_t kLongestFragment = 0xFFFFFFFE;
constexpr std::uint64_t kMostEdits = 250'000;  // in one instance: 16 MB of pieces
constexpr std::uint64_t kMostPadding = 16;
constexpr const char* kNoSize = "pixel data whose size their header does not say";

std::uint64_t even(std::uint64_t length) { return length + (length & 1); }

HiddenWork quarantine(std::string reason) {
  HiddenWork work;
  work.reason = std::move(reason);
  return work;
}

// One instance's fragments on their way into those that will be written.
class Strip {
 public:
  Strip(const dicom::File& original, const Element& pixels, const dicom::Source& source)
      : original_(original), pixels_(pixels), source_(source), joined_(source) {}

  base::Result<HiddenWork> run(Family family);

 private:
  struct Placed {
    std::uint64_t item;    // from the first item behind the Basic Offset Table
    std::uint64_t length;  // of its fragments, items' heads not counted
    bool whole;            // one fragment
  };

  void join();
  base::Result<std::string> walk(Family family);
  base::Result<std::string> walk_rle(Family family);
  base::Result<std::string> keep(std::size_t first, std::size_t last, Frame frame);
  base::Status drop_behind(std::size_t last, Frame& frame);
  std::string place(std::size_t first, std::size_t last, const Frame& frame);
  void keep_fragments(std::size_t first, std::size_t last);
  void stitch(std::uint64_t begin, std::uint64_t end, const Frame& frame);
  void stitch_range(std::uint64_t begin, std::uint64_t end);
  base::Result<bool> tables_are_right() const;
  base::Status put_tables(HiddenWork& work);
  base::Bytes basic_table() const;
  void put_extended(HiddenWork& work) const;
  std::size_t fragment_of(std::uint64_t at) const;
  std::uint64_t end_of(std::size_t fragment) const;
  bool big() const { return original_.syntax.big_endian; }

  const dicom::File& original_;
  const Element& pixels_;
  const dicom::Source& source_;
  dicom::StitchedSource joined_;  // all fragments in a row, to be walked
  Extent all_;
  std::vector<std::uint64_t> starts_;
  std::shared_ptr<dicom::StitchedSource> stitched_;
  std::vector<Extent> placed_extents_;
  std::vector<Placed> frames_;
  std::uint64_t said_ = 0;  // Number of Frames
  std::uint64_t written_ = 0;
  std::uint64_t edits_ = 0;
  std::uint64_t cleaned_ = 0;
};

void Strip::join() {
  joined_.begin();
  for (std::size_t i = 1; i < pixels_.extents.size(); ++i) {
    starts_.push_back(joined_.size());
    joined_.add(pixels_.extents[i]);
  }
  all_ = joined_.end();
}

// Fragments without bytes begin where the next one does.
std::size_t Strip::fragment_of(std::uint64_t at) const {
  const auto behind = std::upper_bound(starts_.begin(), starts_.end(), at);
  return static_cast<std::size_t>(behind - starts_.begin()) - 1;
}

std::uint64_t Strip::end_of(std::size_t fragment) const {
  return fragment + 1 < starts_.size() ? starts_[fragment + 1] : all_.offset + all_.length;
}

// Behind the last frame that the header speaks of, others may stand that nobody shows.
base::Result<std::string> Strip::walk(Family family) {
  const auto end = all_.offset + all_.length;
  Codestream codestream(family, joined_, end, starts_);
  std::size_t first = 0;
  while (first < starts_.size() && frames_.size() < said_) {
    auto frame = TRY(codestream.walk(starts_[first]));
    if (!frame.reason.empty()) return std::move(frame.reason);
    const auto last = fragment_of(frame.end - 1);
    if (auto reason = TRY(keep(first, last, std::move(frame))); !reason.empty()) return reason;
    first = last + 1;
  }
  if (first < starts_.size()) ++cleaned_;
  return std::string();
}

// Each frame is one fragment (PS3.5 sections A.4.2 and A.4.11); that of a single one may be in
// several.
base::Result<std::string> Strip::walk_rle(Family family) {
  const bool rle = family == Family::Rle;
  const auto size = rle ? pixels_of_frame(original_) : bytes_of_frame(original_);
  if (!size) return std::string(kNoSize);
  dicom::Window window(joined_);
  std::size_t first = 0;
  while (first < starts_.size() && frames_.size() < said_) {
    const auto last = said_ == 1 ? starts_.size() - 1 : first;
    const auto begin = starts_[first], end = end_of(last);
    Frame frame;
    frame.end = begin + std::min(*size, end - begin);
    if (rle) frame = TRY(walk_rle_frame(window, begin, end, *size));
    if (!frame.reason.empty()) return std::move(frame.reason);
    if (auto reason = TRY(keep(first, last, std::move(frame))); !reason.empty()) return reason;
    first = last + 1;
  }
  if (first < starts_.size()) ++cleaned_;
  return std::string();
}

base::Result<std::string> Strip::keep(std::size_t first, std::size_t last, Frame frame) {
  TRY(drop_behind(last, frame));
  edits_ += frame.edits.size();
  if (edits_ > kMostEdits) return std::string("too many places to clean in compressed pixel data");
  return place(first, last, frame);
}

// A few zeros behind the end are padding; what else stands there is shown by nobody.
base::Status Strip::drop_behind(std::size_t last, Frame& frame) {
  const auto end = frame.end;
  const auto behind = end_of(last) - end;
  base::Bytes rest(std::min(behind, kMostPadding));
  TRY(joined_.read(end, rest));
  const bool padding = behind <= kMostPadding &&
                       std::all_of(rest.begin(), rest.end(), [](auto byte) { return byte == 0; });
  if (behind != 0 && !padding) frame.edits.push_back({end, behind, {}, false});
  return base::Done{};
}

std::string Strip::place(std::size_t first, std::size_t last, const Frame& frame) {
  const auto begin = starts_[first];
  const auto end = end_of(last);
  const auto item = written_;
  const auto before = placed_extents_.size();
  if (frame.edits.empty())
    keep_fragments(first, last);
  else
    stitch(begin, end, frame);
  std::uint64_t length = 0;
  for (auto i = before; i < placed_extents_.size(); ++i) {
    if (placed_extents_[i].length > kLongestFragment)
      return "a compressed frame too large for one fragment";
    length += even(placed_extents_[i].length);
    written_ += 8 + even(placed_extents_[i].length);
  }
  frames_.push_back({item, length, placed_extents_.size() - before == 1});
  return "";
}

void Strip::keep_fragments(std::size_t first, std::size_t last) {
  for (auto i = first; i <= last; ++i) placed_extents_.push_back(pixels_.extents[i + 1]);
}

// A frame that loses something becomes one fragment: padding in its midst would be damage.
void Strip::stitch(std::uint64_t begin, std::uint64_t end, const Frame& frame) {
  if (!stitched_) stitched_ = std::make_shared<dicom::StitchedSource>(source_);
  ++cleaned_;
  stitched_->begin();
  for (const auto& edit : frame.edits) {
    stitch_range(begin, edit.at);
    if (edit.zeros) stitched_->add_zeros(edit.length);
    stitched_->add(edit.instead);
    begin = edit.at + edit.length;
  }
  stitch_range(begin, end);
  placed_extents_.push_back(stitched_->end());
}

void Strip::stitch_range(std::uint64_t begin, std::uint64_t end) {
  while (begin < end) {
    const auto fragment = fragment_of(begin);
    const auto take = std::min(end, end_of(fragment)) - begin;
    stitched_->add({pixels_.extents[fragment + 1].offset + (begin - starts_[fragment]), take});
    begin += take;
  }
}

// Empty when an offset does not fit into 32 bits.
base::Bytes Strip::basic_table() const {
  base::Bytes table;
  if (frames_.empty() || frames_.back().item > 0xFFFFFFFF) return table;
  for (const auto& frame : frames_)
    dicom::append_u32(table, static_cast<std::uint32_t>(frame.item), big());
  return table;
}

// Four bytes a frame are offsets; anything may stand in others.
base::Result<bool> Strip::tables_are_right() const {
  const auto& table = pixels_.extents.front();
  if (table.length == 0) return true;
  const auto right = basic_table();
  if (table.length != right.size()) return false;
  base::Bytes now(right.size());
  TRY(source_.read(table.offset, now));
  return now == right;
}

void append_u64(base::Bytes& to, std::uint64_t value, bool big) {
  const auto low = static_cast<std::uint32_t>(value);
  const auto high = static_cast<std::uint32_t>(value >> 32);
  dicom::append_u32(to, big ? high : low, big);
  dicom::append_u32(to, big ? low : high, big);
}

// PS3.3 section C.7.6.3.1.8: only where each frame is one fragment.
void Strip::put_extended(HiddenWork& work) const {
  const bool whole =
      std::all_of(frames_.begin(), frames_.end(), [](const Placed& frame) { return frame.whole; });
  if (!whole) {
    work.gone = {kOffsets, kLengths};
    return;
  }
  Element offsets, lengths;
  offsets.tag = kOffsets;
  lengths.tag = kLengths;
  offsets.vr = lengths.vr = "OV";
  for (const auto& frame : frames_) {
    append_u64(offsets.value, frame.item, big());
    append_u64(lengths.value, frame.length, big());
  }
  work.elements.push_back(std::move(offsets));
  work.elements.push_back(std::move(lengths));
}

base::Status Strip::put_tables(HiddenWork& work) {
  const bool extended = dicom::find(original_.elements, kOffsets) != nullptr ||
                        dicom::find(original_.elements, kLengths) != nullptr;
  if (extended) put_extended(work);
  const bool right = TRY(tables_are_right());
  if (cleaned_ == 0 && right) return base::Done{};
  Element pixels;
  pixels.tag = kPixelData;
  pixels.vr = pixels_.vr;
  pixels.shape = Element::Shape::Encapsulated;
  pixels.extents.push_back(pixels_.extents.front());
  if (!right || pixels.extents.front().length != 0) {
    if (!stitched_) stitched_ = std::make_shared<dicom::StitchedSource>(source_);
    stitched_->begin();
    stitched_->add(basic_table());
    pixels.extents.front() = stitched_->end();
  }
  pixels.extents.insert(pixels.extents.end(), placed_extents_.begin(), placed_extents_.end());
  work.elements.push_back(std::move(pixels));
  return base::Done{};
}

base::Result<HiddenWork> Strip::run(Family family) {
  const auto said = number_of_frames(original_);
  if (!said) return quarantine(kNoSize);
  said_ = *said;
  join();
  const bool rle = family == Family::Rle || family == Family::Native;
  auto reason = rle ? TRY(walk_rle(family)) : TRY(walk(family));
  if (!reason.empty()) return quarantine(std::move(reason));
  HiddenWork work;
  TRY(put_tables(work));
  work.source = stitched_;
  work.cleaned = cleaned_;
  return work;
}

}  // namespace

base::Result<HiddenWork> strip_frames(const dicom::File& original, const dicom::Source& source) {
  const auto* pixels = dicom::find(original.elements, kPixelData);
  if (!pixels) return HiddenWork();
  if (pixels->shape != Element::Shape::Encapsulated)
    return original.syntax.encapsulated
               ? quarantine("compressed pixel data that are not in fragments")
               : HiddenWork();
  const auto family = family_of(original.syntax.uid);
  if (family == Family::Unknown) return quarantine("compressed pixel data of an unknown form");
  return Strip(original, *pixels, source).run(family);
}

}  // namespace deidentify
