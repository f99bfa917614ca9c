// The two ways in which a picture is shown to the reader. Pure.
#pragma once

#include "recognize/reader.h"

namespace recognize {

struct Tile {
  std::uint32_t x = 0, y = 0, width = 0, height = 0;
};

inline constexpr std::uint32_t kEnlarged = 3;

// The whole picture, or parts that overlap by more than a word.
std::vector<Tile> tiles_of(std::uint32_t rows, std::uint32_t columns);
// Every pixel alike: there is nothing to read.
bool is_blank(const Picture& picture, const Tile& tile);
// A page, dark on bright. With `brightest`, only pixels near the picture's brightest are ink;
// otherwise grey is stretched over the tile's own range.
Picture inked(const Picture& picture, const Tile& tile, bool brightest);
// Three times as large.
Picture enlarged(const Picture& page);

}  // namespace recognize
