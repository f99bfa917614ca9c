// The two ways in which a picture is shown to the reader. Pure.
#pragma once

#include "recognize/text_reader.h"

namespace recognize {

struct Tile {
  std::uint32_t x = 0, y = 0, width = 0, height = 0;
};

inline constexpr std::uint32_t kEnlarged = 3;

// The whole picture, or parts that overlap by more than a word.
std::vector<Tile> tiles_of(std::uint32_t rows, std::uint32_t columns);
// Every pixel alike: there is nothing to read.
bool is_blank(const Picture& picture, const Tile& tile);
// Three times as large, dark on bright. With `brightest`, only pixels near the picture's brightest
// are ink; otherwise grey is stretched over the tile's own range.
Picture enlarged(const Picture& picture, const Tile& tile, bool brightest);

}  // namespace recognize
