#include "recognize/crowd.h"

#include <gmock/gmock.h>

namespace {

using recognize::Blob;
using recognize::Picture;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Picture paper(std::uint32_t rows, std::uint32_t columns) {
  return {rows, columns, base::Bytes(std::size_t{rows} * columns, 255)};
}

void ink(Picture& page, const Blob& box) {
  for (auto y = box.top; y <= box.bottom; ++y)
    for (auto x = box.left; x <= box.right; ++x) page.grey[std::size_t{y} * page.columns + x] = 0;
}

// Specks two pixels apart, so that none touches another.
void strew(Picture& page, std::uint32_t from_row) {
  for (auto y = from_row; y < page.rows; y += 2)
    for (std::uint32_t x = 0; x < page.columns; x += 2) ink(page, {x, y, x, y});
}

std::vector<Blob> letters(std::uint32_t count, std::uint32_t left, std::uint32_t top) {
  std::vector<Blob> row;
  for (std::uint32_t i = 0; i < count; ++i)
    row.push_back({left + 8 * i, top, left + 8 * i + 5, top + 9});
  return row;
}

TEST(BlobsOf, AreTheDarkPartsInOnePiece) {
  auto page = paper(8, 8);
  ink(page, {0, 0, 1, 1});
  ink(page, {2, 2, 2, 4});  // touches with its corner
  ink(page, {6, 0, 6, 7});
  EXPECT_THAT(recognize::blobs_of(page), UnorderedElementsAre(Blob{0, 0, 2, 4}, Blob{6, 0, 6, 7}));
}

TEST(BlobsOf, ArmsThatMeetBelowAreOne) {
  auto page = paper(6, 7);
  ink(page, {0, 0, 0, 5});
  ink(page, {6, 0, 6, 5});
  ink(page, {0, 5, 6, 5});
  ink(page, {3, 0, 3, 2});
  EXPECT_THAT(recognize::blobs_of(page), UnorderedElementsAre(Blob{0, 0, 6, 5}, Blob{3, 0, 3, 2}));
}

TEST(RowsOfLetters, AreFourAndMoreOnOneLine) {
  EXPECT_THAT(recognize::rows_of_letters(letters(4, 10, 20)), ElementsAre(Blob{10, 20, 39, 29}));
  EXPECT_THAT(recognize::rows_of_letters(letters(3, 10, 20)), IsEmpty());
  auto stairs = letters(6, 10, 20);
  for (std::uint32_t i = 0; i < 6; ++i) stairs[i].top += 4 * i, stairs[i].bottom += 4 * i;
  EXPECT_THAT(recognize::rows_of_letters(stairs), IsEmpty());
}

TEST(RowsOfLetters, AreNoneAmongSpecks) {
  auto blobs = letters(5, 10, 20);
  for (std::uint32_t i = 0; i < 11; ++i) blobs.push_back({10 + 3 * i, 25, 10 + 3 * i, 25});
  EXPECT_THAT(recognize::rows_of_letters(blobs), IsEmpty());
}

TEST(WithoutCrowd, KeepsTheLetters) {
  auto page = paper(200, 200);
  strew(page, 60);
  const auto row = letters(6, 10, 20);
  for (const auto& letter : row) ink(page, letter);
  const auto left = recognize::blobs_of(recognize::without_crowd(page));
  EXPECT_THAT(left, testing::UnorderedElementsAreArray(row));
}

TEST(WithoutCrowd, SeesSpecksInTheDarkToo) {
  auto page = paper(200, 200);
  strew(page, 60);
  for (std::size_t i = 60 * 200; i < page.grey.size(); ++i)
    page.grey[i] = static_cast<std::uint8_t>(255 - page.grey[i]);
  EXPECT_NE(recognize::without_crowd(page).grey, page.grey);
}

TEST(WithoutCrowd, LeavesAPageOfTextAsItIs) {
  auto page = paper(200, 200);
  for (std::uint32_t row = 0; row < 10; ++row)
    for (const auto& letter : letters(20, 10, 10 + 18 * row)) ink(page, letter);
  ink(page, {150, 195, 151, 196});
  EXPECT_EQ(recognize::without_crowd(page).grey, page.grey);
}

}  // namespace
