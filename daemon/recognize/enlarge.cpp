#include "recognize/enlarge.h"

#include <algorithm>
#include <iterator>

namespace recognize {
namespace {

constexpr std::uint32_t kTile = 1024;
constexpr std::uint32_t kOverlap = 192;
constexpr int kNearBrightest = 12;  // of 255: what compression leaves of white

struct Range {
  int low = 255, high = 0;
};

const std::uint8_t* row_of(const Picture& picture, const Tile& tile, std::uint32_t row) {
  return picture.grey.data() + std::size_t{tile.y + row} * picture.columns + tile.x;
}

Range range_of(const Picture& picture, const Tile& tile) {
  Range range;
  for (std::uint32_t row = 0; row < tile.height; ++row) {
    const auto* at = row_of(picture, tile, row);
    const auto [low, high] = std::minmax_element(at, at + tile.width);
    range.low = std::min<int>(range.low, *low);
    range.high = std::max<int>(range.high, *high);
  }
  return range;
}

std::vector<std::uint32_t> starts_of(std::uint32_t length) {
  std::vector<std::uint32_t> starts{0};
  while (length - starts.back() > kTile) starts.push_back(starts.back() + kTile - kOverlap);
  return starts;
}

// Ink is dark: most of a picture is its background.
std::vector<std::uint8_t> ink_of(const Picture& picture, const Tile& tile, bool brightest) {
  const auto range = range_of(picture, tile);
  const int span = std::max(1, range.high - range.low);
  std::vector<std::uint8_t> ink(256);
  for (int grey = 0; grey < 256; ++grey)
    ink[static_cast<std::size_t>(grey)] = static_cast<std::uint8_t>(
        brightest ? (grey >= range.high - kNearBrightest ? 0 : 255)
                  : 255 - std::clamp((grey - range.low) * 255 / span, 0, 255));
  return ink;
}

bool is_bright(const Picture& picture, const Tile& tile) {
  const auto range = range_of(picture, tile);
  std::uint64_t bright = 0;
  for (std::uint32_t row = 0; row < tile.height; ++row) {
    const auto* at = row_of(picture, tile, row);
    bright += static_cast<std::uint64_t>(std::count_if(
        at, at + tile.width, [&](int grey) { return 2 * grey > range.low + range.high; }));
  }
  return bright > std::uint64_t{tile.width} * tile.height / 2;
}

}  // namespace

std::vector<Tile> tiles_of(std::uint32_t rows, std::uint32_t columns) {
  std::vector<Tile> tiles;
  for (const auto y : starts_of(rows))
    for (const auto x : starts_of(columns))
      tiles.push_back({x, y, std::min(kTile, columns - x), std::min(kTile, rows - y)});
  return tiles;
}

bool is_blank(const Picture& picture, const Tile& tile) {
  const auto range = range_of(picture, tile);
  return range.low >= range.high;
}

Picture inked(const Picture& picture, const Tile& tile, bool brightest) {
  auto ink = ink_of(picture, tile, brightest);
  if (!brightest && is_bright(picture, tile))
    for (auto& one : ink) one = static_cast<std::uint8_t>(255 - one);
  Picture page{tile.height, tile.width, {}};
  page.grey.reserve(std::size_t{tile.height} * tile.width);
  for (std::uint32_t row = 0; row < tile.height; ++row) {
    const auto* at = row_of(picture, tile, row);
    std::transform(at, at + tile.width, std::back_inserter(page.grey),
                   [&](std::uint8_t grey) { return ink[grey]; });
  }
  return page;
}

// Linear between the pixels' centres.
Picture enlarged(const Picture& page) {
  Picture large{page.rows * kEnlarged, page.columns * kEnlarged, {}};
  large.grey.resize(std::size_t{large.rows} * large.columns);
  const auto before = [](std::uint32_t at) { return at == 0 ? 0 : (at - 1) / kEnlarged; };
  const auto after = [](std::uint32_t at, std::uint32_t end) {
    return std::min((at + 2) / kEnlarged, end - 1);
  };
  const auto weight = [](std::uint32_t at) { return static_cast<int>((at + 2) % kEnlarged); };
  for (std::uint32_t y = 0; y < large.rows; ++y) {
    const auto* upper = page.grey.data() + std::size_t{before(y)} * page.columns;
    const auto* lower = page.grey.data() + std::size_t{after(y, page.rows)} * page.columns;
    const int down = weight(y);
    auto* out = large.grey.data() + std::size_t{y} * large.columns;
    for (std::uint32_t x = 0; x < large.columns; ++x) {
      const auto left = before(x), right = after(x, page.columns);
      const int along = weight(x);
      const int top = upper[left] * (3 - along) + upper[right] * along;
      const int low = lower[left] * (3 - along) + lower[right] * along;
      out[x] = static_cast<std::uint8_t>((top * (3 - down) + low * down) / 9);
    }
  }
  return large;
}

}  // namespace recognize
