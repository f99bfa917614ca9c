// Which part of every frame is to become black: rectangles, and all that lies outside of regions to
// be kept. Pure; whatever the numbers say, a mask lies within the frame.
#pragma once

#include <cstdint>
#include <vector>

namespace pixels {

struct Rectangle {
  std::uint32_t x = 0, y = 0;  // of the upper left pixel
  std::uint32_t width = 0, height = 0;
  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

struct Span {  // columns [begin, end)
  std::uint32_t begin = 0, end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

class Mask {
 public:
  // With `keep` empty, nothing outside is blanked. A rectangle within a region is blanked too.
  Mask(std::uint32_t rows, std::uint32_t columns, const std::vector<Rectangle>& blank,
       const std::vector<Rectangle>& keep);
  // Of one row, ascending, apart from each other.
  const std::vector<Span>& spans(std::uint32_t row) const;
  bool empty() const;  // not a pixel is blanked

 private:
  struct Band {  // rows [begin, end) that are blanked alike
    std::uint32_t begin = 0, end = 0;
    std::vector<Span> spans;
  };
  std::vector<Band> bands_;
};

}  // namespace pixels
