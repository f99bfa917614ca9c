#include "dicom/stitched.h"

#include <gtest/gtest.h>

namespace {

using base::Bytes;

Bytes numbers(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Bytes read(const dicom::Source& source, std::uint64_t offset, std::size_t count) {
  Bytes bytes(count);
  return source.read(offset, bytes).ok() ? bytes : Bytes{0xBA, 0xD0};
}

// Adds to each byte of a pair its place in it, in pairs alone.
class Pairs : public dicom::Filter {
 public:
  std::size_t grain() const override { return 2; }
  void apply(std::uint64_t at, std::span<std::uint8_t> bytes) const override {
    EXPECT_EQ(at % 2, 0u);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(bytes[i] + 100 * (i % 2));
  }
};

TEST(StitchedSource, IsTheOriginalAndBehindItThePieces) {
  const auto bytes = numbers(20);
  const dicom::MemorySource original(bytes);
  dicom::StitchedSource source(original);
  source.begin();
  source.add({3, 2});
  source.add(Bytes{200, 201});
  source.add_zeros(2);
  source.add({10, 3});
  const auto extent = source.end();
  EXPECT_EQ(extent.offset, 20u);
  const Bytes whole{3, 4, 200, 201, 0, 0, 10, 11, 12};
  EXPECT_EQ(read(source, 0, 20), bytes);
  for (std::size_t from = 0; from < whole.size(); ++from)
    for (std::size_t to = from; to <= whole.size(); ++to)
      EXPECT_EQ(read(source, 20 + from, to - from), Bytes(whole.begin() + static_cast<long>(from),
                                                          whole.begin() + static_cast<long>(to)));
  Bytes past(10);
  EXPECT_FALSE(source.read(20, past).ok());
  EXPECT_FALSE(source.read(30, past).ok());
}

TEST(StitchedSource, FiltersSeeWholeGrainsWhereverOneReads) {
  const auto bytes = numbers(20);
  const dicom::MemorySource original(bytes);
  dicom::StitchedSource source(original);
  source.begin();
  source.add({1, 1});
  source.add({3, 7}, std::make_shared<Pairs>());
  const Bytes whole{1, 3, 104, 5, 106, 7, 108, 9};
  for (std::size_t from = 0; from < whole.size(); ++from)
    for (std::size_t to = from; to <= whole.size(); ++to)
      EXPECT_EQ(read(source, 20 + from, to - from), Bytes(whole.begin() + static_cast<long>(from),
                                                          whole.begin() + static_cast<long>(to)));
}

TEST(StitchedSource, MayStandOnAnother) {
  const auto bytes = numbers(4);
  const dicom::MemorySource original(bytes);
  auto first = std::make_shared<dicom::StitchedSource>(original);
  first->begin();
  first->add(Bytes{9, 8});
  dicom::StitchedSource second(*first, first);
  first.reset();
  second.begin();
  second.add({5, 1});
  second.add({0, 1});
  EXPECT_EQ(read(second, 6, 2), (Bytes{8, 0}));
}

}  // namespace
