#include "deidentify/rle_frame.h"

#include <algorithm>

#include "dicom/byte_order.h"

namespace deidentify {
namespace {

constexpr std::uint64_t kHeader = 64;
constexpr std::uint32_t kMostSegments = 15;
constexpr std::uint8_t kNothing = 128;
constexpr std::uint64_t kStep = 4096;

class Walk {
 public:
  Walk(dicom::Window& window, std::uint64_t begin, std::uint64_t end, std::uint64_t pixels)
      : window_(window), begin_(begin), end_(end), pixels_(pixels) {}

  base::Result<Frame> run();

 private:
  base::Result<bool> read_header();
  base::Result<std::uint64_t> end_of_pixels(std::uint64_t at, std::uint64_t end);
  base::Status zero(std::uint64_t at, std::uint64_t end);

  dicom::Window& window_;
  std::uint64_t begin_, end_, pixels_;
  std::vector<std::uint64_t> segments_;  // where each begins
  Frame frame_;
};

// False: not as the standard has it.
base::Result<bool> Walk::read_header() {
  if (end_ - begin_ < kHeader) return false;
  const auto* header = TRY(window_.at(begin_, kHeader));
  const auto count = dicom::read_u32(header, false);
  if (count == 0 || count > kMostSegments) return false;
  std::uint64_t last = kHeader;
  for (std::uint32_t i = 1; i <= count; ++i) {
    const std::uint64_t offset = dicom::read_u32(header + 4 * i, false);
    if (offset < last || offset > end_ - begin_) return false;
    segments_.push_back(begin_ + offset);
    last = offset;
  }
  return true;
}

// Behind the byte that makes the segment's last pixel.
base::Result<std::uint64_t> Walk::end_of_pixels(std::uint64_t at, std::uint64_t end) {
  for (std::uint64_t done = 0; done < pixels_ && at < end;) {
    const auto code = *TRY(window_.at(at, 1));
    ++at;
    if (code == kNothing) continue;
    const bool literal = code < kNothing;
    const std::uint64_t run = literal ? code + 1u : 257u - code;
    at += std::min(literal ? std::min(run, pixels_ - done) : 1, end - at);
    done += run;
  }
  while (at < end && *TRY(window_.at(at, 1)) == kNothing) ++at;
  return at;
}

base::Status Walk::zero(std::uint64_t at, std::uint64_t end) {
  bool empty = true;
  for (auto from = at; from < end && empty; from += std::min(kStep, end - from)) {
    const auto take = static_cast<std::size_t>(std::min(kStep, end - from));
    const auto* bytes = TRY(window_.at(from, take));
    empty = std::all_of(bytes, bytes + take, [](std::uint8_t byte) { return byte == 0; });
  }
  if (!empty) frame_.edits.push_back({at, end - at, {}, true});
  return base::Done{};
}

base::Result<Frame> Walk::run() {
  if (!TRY(read_header())) {
    frame_.reason = "compressed pixel data that are damaged or of an unknown form";
    return std::move(frame_);
  }
  // The offsets of segments that there are not, and what stands before the first.
  TRY(zero(begin_ + 4 * (1 + segments_.size()), segments_.front()));
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const bool last = i + 1 == segments_.size();
    const auto end = last ? end_ : segments_[i + 1];
    frame_.end = TRY(end_of_pixels(segments_[i], end));
    if (!last) TRY(zero(frame_.end, end));
  }
  return std::move(frame_);
}

}  // namespace

base::Result<Frame> walk_rle_frame(dicom::Window& window, std::uint64_t begin, std::uint64_t end,
                                   std::uint64_t pixels) {
  return Walk(window, begin, end, pixels).run();
}

}  // namespace deidentify
