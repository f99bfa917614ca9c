#include "pixels/mask.h"

#include <algorithm>

namespace pixels {
namespace {

std::uint32_t end_of(std::uint32_t begin, std::uint32_t size, std::uint32_t limit) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{begin} + size, limit));
}

std::vector<Rectangle> clamped(const std::vector<Rectangle>& all, std::uint32_t rows,
                               std::uint32_t columns) {
  std::vector<Rectangle> within;
  for (const auto& one : all) {
    if (one.x >= columns || one.y >= rows) continue;
    within.push_back({one.x, one.y, end_of(one.x, one.width, columns) - one.x,
                      end_of(one.y, one.height, rows) - one.y});
  }
  return within;
}

std::vector<Span> merged(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(), [](Span a, Span b) { return a.begin < b.begin; });
  std::vector<Span> apart;
  for (const auto& span : spans) {
    if (span.begin == span.end) continue;
    if (!apart.empty() && span.begin <= apart.back().end)
      apart.back().end = std::max(apart.back().end, span.end);
    else
      apart.push_back(span);
  }
  return apart;
}

std::vector<Span> at_row(const std::vector<Rectangle>& all, std::uint32_t row) {
  std::vector<Span> spans;
  for (const auto& one : all)
    if (row >= one.y && row < one.y + one.height) spans.push_back({one.x, one.x + one.width});
  return merged(std::move(spans));
}

std::vector<Span> outside(const std::vector<Span>& spans, std::uint32_t columns) {
  std::vector<Span> gaps;
  std::uint32_t begin = 0;
  for (const auto& span : spans) {
    gaps.push_back({begin, span.begin});
    begin = span.end;
  }
  gaps.push_back({begin, columns});
  return gaps;
}

std::vector<std::uint32_t> edges(const std::vector<Rectangle>& blank,
                                 const std::vector<Rectangle>& keep, std::uint32_t rows) {
  std::vector<std::uint32_t> all{0, rows};
  for (const auto* list : {&blank, &keep})
    for (const auto& one : *list) {
      all.push_back(one.y);
      all.push_back(one.y + one.height);
    }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

Mask::Mask(std::uint32_t rows, std::uint32_t columns, const std::vector<Rectangle>& blank,
           const std::vector<Rectangle>& keep) {
  const auto black = clamped(blank, rows, columns);
  const auto kept = clamped(keep, rows, columns);
  const auto at = edges(black, kept, rows);
  for (std::size_t i = 0; i + 1 < at.size(); ++i) {
    auto spans = at_row(black, at[i]);
    if (!keep.empty()) {
      const auto gaps = outside(at_row(kept, at[i]), columns);
      spans.insert(spans.end(), gaps.begin(), gaps.end());
    }
    bands_.push_back({at[i], at[i + 1], merged(std::move(spans))});
  }
}

const std::vector<Span>& Mask::spans(std::uint32_t row) const {
  static const std::vector<Span> kNone;
  const auto after =
      std::upper_bound(bands_.begin(), bands_.end(), row,
                       [](std::uint32_t wanted, const Band& band) { return wanted < band.begin; });
  return after == bands_.begin() || row >= (after - 1)->end ? kNone : (after - 1)->spans;
}

bool Mask::empty() const {
  return std::all_of(bands_.begin(), bands_.end(),
                     [](const Band& band) { return band.spans.empty(); });
}

}  // namespace pixels
