// Speckle and noise: thousands of specks, on which a reader spends minutes and finds nothing. Pure.
#pragma once

#include "recognize/reader.h"

namespace recognize {

// A dark part of a page in one piece; the edges are within.
struct Blob {
  std::uint32_t left = 0, top = 0, right = 0, bottom = 0;
  std::uint32_t width() const { return right - left + 1; }
  std::uint32_t height() const { return bottom - top + 1; }
  friend bool operator==(const Blob&, const Blob&) = default;
};

// Darker than the level that parts the page's greys best; corners touch.
std::vector<Blob> blobs_of(const Picture& page);
// Those that stand in a row like letters, four or more, on one line: the boxes of such rows.
std::vector<Blob> rows_of_letters(const std::vector<Blob>& blobs);

// A page, dark on bright, that has more specks than a text has letters loses whatever does not
// stand in a row of letters. Any other page stays as it is.
Picture without_crowd(Picture page);

}  // namespace recognize
