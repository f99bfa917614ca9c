#include "recognize/crowd.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace recognize {
namespace {

constexpr std::size_t kCrowded = 1000;  // blobs on a page: more is no text, or very much of it
constexpr std::uint32_t kLeastHeight = 5, kMostHeight = 100;
constexpr std::uint32_t kLetters = 4;  // as few as identify anybody
constexpr std::uint32_t kBand = 8;     // rows that are looked through together

// Otsu: the level that leaves the least variance on both sides.
int level_of(const Picture& page) {
  std::array<double, 256> count{};
  for (const auto grey : page.grey) ++count[grey];
  double all = 0, sum = 0, below = 0, sum_below = 0, best = -1;
  for (std::size_t i = 0; i < 256; ++i) all += count[i], sum += count[i] * static_cast<double>(i);
  int level = 0;
  for (std::size_t i = 0; i < 255; ++i) {
    below += count[i];
    sum_below += count[i] * static_cast<double>(i);
    if (below == 0 || below == all) continue;
    const double apart = sum_below / below - (sum - sum_below) / (all - below);
    const double between = below * (all - below) * apart * apart;
    if (between > best) best = between, level = static_cast<int>(i);
  }
  return level;
}

// Sets that grow together.
class Sets {
 public:
  std::size_t add() {
    parent_.push_back(parent_.size());
    return parent_.size() - 1;
  }
  std::size_t of(std::size_t one) {
    while (parent_[one] != one) one = parent_[one] = parent_[parent_[one]];
    return one;
  }
  void join(std::size_t a, std::size_t b) { parent_[of(a)] = of(b); }

 private:
  std::vector<std::size_t> parent_;
};

Blob around(const Blob& a, const Blob& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

struct Run {  // of dark pixels in a row
  std::uint32_t begin, end;
  std::size_t set;
};

std::vector<Run> runs_in(const Picture& page, std::uint32_t row, int level) {
  std::vector<Run> runs;
  const auto* at = page.grey.data() + std::size_t{row} * page.columns;
  for (std::uint32_t x = 0; x < page.columns; ++x) {
    if (at[x] > level) continue;
    if (runs.empty() || runs.back().end != x) runs.push_back({x, x, 0});
    runs.back().end = x + 1;
  }
  return runs;
}

// Beside each other on one line, of like size, and not far apart.
bool are_neighbours(const Blob& a, const Blob& b) {
  const auto [small, large] = std::minmax({a.height(), b.height()});
  const auto off = a.bottom > b.bottom ? a.bottom - b.bottom : b.bottom - a.bottom;
  if (2 * large > 3 * small || off > std::max(1u, small / 8)) return false;
  return b.left > a.left && b.left <= a.right + 1 + large + large / 4;
}

std::uint32_t letters_in(const Blob& blob) {
  return std::max(1u, blob.width() / blob.height());  // small ones touch
}

bool may_be_letter(const Blob& blob) {
  return blob.height() >= kLeastHeight && blob.height() <= kMostHeight;
}

// Among letters stand dots and commas; among specks that happen to be in a row, more specks.
bool is_quiet(const Blob& row, const std::vector<Blob>& blobs, std::uint32_t letters) {
  const auto within = std::count_if(blobs.begin(), blobs.end(), [&](const Blob& blob) {
    const auto x = (blob.left + blob.right) / 2, y = (blob.top + blob.bottom) / 2;
    return x >= row.left && x <= row.right && y + row.height() / 4 >= row.top &&
           y <= row.bottom + row.height() / 4;
  });
  return static_cast<std::uint64_t>(within) <= 2ull * letters;
}

Blob widened(const Blob& row, const Picture& page) {
  const auto more = row.height();
  const auto less = [](std::uint32_t from, std::uint32_t by) { return from - std::min(from, by); };
  return {less(row.left, more), less(row.top, more / 2),
          std::min(row.right + more, page.columns - 1),
          std::min(row.bottom + more / 2, page.rows - 1)};
}

// The holes in what is dark become blobs.
Picture negative(Picture page) {
  for (auto& grey : page.grey) grey = static_cast<std::uint8_t>(255 - grey);
  return page;
}

Picture with_rows_alone(const Picture& page, const std::vector<Blob>& rows) {
  Picture kept{page.rows, page.columns, base::Bytes(page.grey.size(), 255)};
  for (const auto& row : rows) {
    const auto box = widened(row, page);
    for (auto y = box.top; y <= box.bottom; ++y) {
      const auto from =
          static_cast<std::ptrdiff_t>(std::size_t{y} * page.columns + std::size_t{box.left});
      std::copy_n(page.grey.begin() + from, box.width(), kept.grey.begin() + from);
    }
  }
  return kept;
}

}  // namespace

std::vector<Blob> blobs_of(const Picture& page) {
  const int level = level_of(page);
  Sets sets;
  std::vector<Blob> boxes;
  std::vector<Run> above;
  for (std::uint32_t row = 0; row < page.rows; ++row) {
    auto runs = runs_in(page, row, level);
    auto upper = above.begin();
    for (auto& run : runs) {
      run.set = sets.add();
      boxes.push_back({run.begin, row, run.end - 1, row});
      while (upper != above.end() && upper->end < run.begin) ++upper;
      for (auto one = upper; one != above.end() && one->begin <= run.end; ++one)
        sets.join(one->set, run.set);
    }
    above = std::move(runs);
  }
  std::vector<Blob> blobs;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (const auto root = sets.of(i); root != i) boxes[root] = around(boxes[root], boxes[i]);
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (sets.of(i) == i) blobs.push_back(boxes[i]);
  return blobs;
}

std::vector<Blob> rows_of_letters(const std::vector<Blob>& blobs) {
  Sets sets;
  std::vector<Blob> letters;
  std::vector<std::vector<std::size_t>> bands;
  for (const auto& blob : blobs) {
    if (!may_be_letter(blob)) continue;
    const std::size_t band = blob.bottom / kBand;
    if (bands.size() < band + 3) bands.resize(band + 3);
    bands[band + 1].push_back(sets.add());
    letters.push_back(blob);
  }
  for (std::size_t i = 0; i < letters.size(); ++i)
    for (std::size_t band = letters[i].bottom / kBand; band <= letters[i].bottom / kBand + 2;
         ++band)
      for (const auto other : bands[band])
        if (are_neighbours(letters[i], letters[other])) sets.join(i, other);
  std::vector<std::uint32_t> count(letters.size());
  auto boxes = letters;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto root = sets.of(i);
    count[root] += letters_in(letters[i]);
    boxes[root] = around(boxes[root], letters[i]);
  }
  std::vector<Blob> rows;
  for (std::size_t i = 0; i < letters.size(); ++i)
    if (count[i] >= kLetters && is_quiet(boxes[i], blobs, count[i])) rows.push_back(boxes[i]);
  return rows;
}

Picture without_crowd(Picture page) {
  const auto blobs = blobs_of(page);
  const bool crowded = blobs.size() > kCrowded || blobs_of(negative(page)).size() > kCrowded;
  return crowded ? with_rows_alone(page, rows_of_letters(blobs)) : std::move(page);
}

}  // namespace recognize
