#include "pixels/grey.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

namespace pixels {
namespace {

using Value = std::int64_t;
using Light = std::function<Value(std::uint64_t pixel)>;

class Samples {
 public:
  Samples(base::ByteView frame, const Layout& layout)
      : frame_(frame), layout_(layout), shift_(layout.high_bit + 1u - layout.stored) {}

  Value at(std::uint64_t number) const {
    const auto value = static_cast<Value>(cell(number) >> shift_ & (range() - 1));
    const bool negative = layout_.is_signed && 2 * static_cast<std::uint64_t>(value) >= range();
    return negative ? value - static_cast<Value>(range()) : value;
  }
  std::uint64_t range() const { return std::uint64_t{1} << layout_.stored; }

 private:
  std::uint64_t cell(std::uint64_t number) const {
    if (layout_.allocated == 1) return frame_[number / 8] >> number % 8 & 1u;
    const auto bytes = layout_.sample_bytes();
    std::uint64_t value = 0;
    for (std::uint32_t i = 0; i < bytes; ++i) {
      const auto shift = 8 * (layout_.big_endian ? bytes - 1 - i : i);
      value |= std::uint64_t{frame_[number * bytes + i]} << shift;
    }
    return value;
  }

  base::ByteView frame_;
  const Layout& layout_;
  unsigned shift_;
};

std::array<Value, 3> three_samples(const Samples& samples, const Layout& layout,
                                   std::uint64_t pixel) {
  std::array<std::uint64_t, 3> number{3 * pixel, 3 * pixel + 1, 3 * pixel + 2};
  if (layout.by_plane) number = {pixel, layout.pixels() + pixel, 2 * layout.pixels() + pixel};
  if (layout.colour == Colour::YBRFull422) {
    const auto pair = pixel / 2 * 4;
    number = {pair + pixel % 2, pair + 2, pair + 3};
  }
  return {samples.at(number[0]), samples.at(number[1]), samples.at(number[2])};
}

// PS3.3 section C.7.6.3.1.2, in thousandths.
std::array<Value, 3> red_green_blue(std::array<Value, 3> ybr, Value range) {
  const auto [y, cb, cr] = std::array{ybr[0], ybr[1] - range / 2, ybr[2] - range / 2};
  const auto within = [&](Value thousandths) {
    return std::clamp<Value>(thousandths / 1000, 0, range - 1);
  };
  return {within(1000 * y + 1402 * cr), within(1000 * y - 344 * cb - 714 * cr),
          within(1000 * y + 1772 * cb)};
}

Light light_of_colour(const Samples& samples, const Layout& layout) {
  const auto range = static_cast<Value>(samples.range());
  const auto colour = [samples, &layout, range](std::uint64_t pixel) {
    const auto three = three_samples(samples, layout, pixel);
    return layout.colour == Colour::RGB ? three : red_green_blue(three, range);
  };
  std::uint64_t bright = 0;
  for (std::uint64_t pixel = 0; pixel < layout.pixels(); ++pixel) {
    const auto [red, green, blue] = colour(pixel);
    if (red + green + blue > 3 * range / 2) ++bright;
  }
  if (2 * bright > layout.pixels())
    return [colour](std::uint64_t pixel) {
      const auto three = colour(pixel);
      return *std::min_element(three.begin(), three.end());
    };
  return [colour](std::uint64_t pixel) {
    const auto three = colour(pixel);
    return *std::max_element(three.begin(), three.end());
  };
}

Light light_of(const Samples& samples, const Layout& layout,
               const std::optional<Palette>& palette) {
  if (layout.samples == 3) return light_of_colour(samples, layout);
  if (layout.colour == Colour::Monochrome1)
    return [samples](std::uint64_t pixel) { return -samples.at(pixel); };
  if (layout.colour != Colour::Palette || !palette || palette->light.empty())
    return [samples](std::uint64_t pixel) { return samples.at(pixel); };
  return [samples, &palette](std::uint64_t pixel) {
    const auto last = static_cast<Value>(palette->light.size()) - 1;
    const auto entry = std::clamp<Value>(samples.at(pixel) - palette->first, 0, last);
    return static_cast<Value>(palette->light[static_cast<std::size_t>(entry)]);
  };
}

struct Window {
  Value low = 0, high = 0;

  std::uint8_t grey(Value value) const {
    if (high <= low) return 0;
    return static_cast<std::uint8_t>((std::clamp(value, low, high) - low) * 255 / (high - low));
  }
};

Window window_of(const Light& light, std::uint64_t pixels) {
  constexpr auto kNone = std::numeric_limits<Value>::max();
  Value darkest = kNone, next = kNone, high = std::numeric_limits<Value>::min();
  for (std::uint64_t pixel = 0; pixel < pixels; ++pixel) {
    const auto value = light(pixel);
    high = std::max(high, value);
    if (value < darkest) next = std::exchange(darkest, value);
    if (value > darkest) next = std::min(next, value);
  }
  if (next >= high) return {darkest, high};  // two values, or one
  return {std::max(darkest, next - (high - next)), high};
}

}  // namespace

base::Bytes grey_of(base::ByteView frame, const Layout& layout,
                    const std::optional<Palette>& palette) {
  const auto light = light_of(Samples(frame, layout), layout, palette);
  const auto window = window_of(light, layout.pixels());
  base::Bytes grey(static_cast<std::size_t>(layout.pixels()));
  for (std::uint64_t pixel = 0; pixel < grey.size(); ++pixel)
    grey[pixel] = window.grey(light(pixel));
  return grey;
}

}  // namespace pixels
