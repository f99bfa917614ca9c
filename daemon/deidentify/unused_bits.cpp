#include "deidentify/unused_bits.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;

constexpr Tag kPixelData{0x7FE0, 0x0010};
constexpr Tag kBitsAllocated{0x0028, 0x0100};
constexpr Tag kBitsStored{0x0028, 0x0101};
constexpr Tag kHighBit{0x0028, 0x0102};
constexpr Tag kPixelRepresentation{0x0028, 0x0103};

bool is_embedded_position(const dicom::File& file, const Element& element) {
  const bool position = (element.tag.group & 0xFF01) == 0x6000 && element.tag.element == 0x0102;
  return position && dicom::integer_of(file, element.tag).value_or(1) != 0;
}

bool has_embedded_overlay(const dicom::File& file) {
  return std::any_of(file.elements.begin(), file.elements.end(),
                     [&](const Element& element) { return is_embedded_position(file, element); });
}

// Every embedded overlay lies in a bit that will be cleared.
bool overlays_are_beside(const dicom::File& file, const Cells& cells) {
  return std::all_of(file.elements.begin(), file.elements.end(), [&](const Element& element) {
    if (!is_embedded_position(file, element)) return true;
    const auto bit = dicom::integer_of(file, element.tag).value_or(-1);
    return bit >= 0 && bit < cells.allocated && (bit < cells.low || bit > cells.high);
  });
}

HiddenWork quarantine(std::string reason) {
  HiddenWork work;
  work.reason = std::move(reason);
  return work;
}

constexpr std::uint64_t bits_below(unsigned count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

// Sixteen bytes of pixels at once, by what every x86-64 has.
using Words = std::uint64_t __attribute__((vector_size(16)));

// What is said of one cell, in each cell of a word.
class Lanes {
 public:
  explicit Lanes(const Cells& cells) {
    const auto ones = bits_below(64) / bits_below(cells.allocated);  // the lowest bit of each
    used_ = ones * (bits_below(cells.high + 1) & ~bits_below(cells.low));
    sign_ = cells.is_signed ? ones << cells.high : 0;
    above_ = cells.allocated - 1 - cells.high;
    swaps_ = cells.big_endian && cells.allocated == 16;
  }

  Words cleared(Words words) const {
    if (swaps_) words = swapped(words);
    const Words signs = words & sign_;
    // Everything above a sign that is set, up to the end of its cell: 2^end - 2^(sign + 1).
    const Words fill = (signs << above_ << 1) - (signs << 1);
    words = (words & used_) | fill;
    return swaps_ ? swapped(words) : words;
  }

 private:
  static Words swapped(Words words) {
    constexpr std::uint64_t kLow = 0x00FF00FF00FF00FF;
    return (words >> 8 & kLow) | (words & kLow) << 8;
  }

  std::uint64_t used_;  // the bits that pixels use
  std::uint64_t sign_;  // the highest of them, where it is one
  unsigned above_;      // bits above it, which repeat it
  bool swaps_;
};

// A value of a few bytes is held; anything else is changed on its way.
HiddenWork filtered(const Element& pixels, const Cells& cells, const dicom::Source& source) {
  HiddenWork work;
  auto element = pixels;
  const auto filter = std::make_shared<ClearBits>(cells);
  if (element.shape == Element::Shape::Value) {
    filter->apply(0, element.value);
    if (element.value == pixels.value) return work;
  } else {
    work.source = std::make_shared<dicom::StitchedSource>(source);
    work.source->begin();
    work.source->add(pixels.extents.front(), filter);
    element.extents.front() = work.source->end();
  }
  work.elements.push_back(std::move(element));
  return work;
}

}  // namespace

static_assert(std::endian::native == std::endian::little);

void ClearBits::apply(std::uint64_t, std::span<std::uint8_t> bytes) const {
  const Lanes lanes(cells_);
  const auto whole = bytes.size() / grain() * grain();
  const auto clear = [&](std::uint8_t* at, std::size_t count) {
    Words words{};
    std::memcpy(&words, at, count);
    words = lanes.cleared(words);
    std::memcpy(at, &words, count);
  };
  std::size_t at = 0;
  for (; at + sizeof(Words) <= whole; at += sizeof(Words)) clear(bytes.data() + at, sizeof(Words));
  if (at != whole) clear(bytes.data() + at, whole - at);
}

std::optional<Cells> cells_of(const dicom::File& file) {
  const auto allocated = dicom::integer_of(file, kBitsAllocated).value_or(0);
  const auto stored = dicom::integer_of(file, kBitsStored).value_or(allocated);
  const auto high = dicom::integer_of(file, kHighBit).value_or(stored - 1);
  if (allocated == 0 || (allocated == 1 && stored == 1)) return Cells{};
  const bool known = allocated == 8 || allocated == 16 || allocated == 32 || allocated == 64;
  if (!known || stored < 1 || high < stored - 1 || high >= allocated) return std::nullopt;
  if (stored == allocated) return Cells{};
  return Cells{static_cast<unsigned>(allocated), static_cast<unsigned>(high - stored + 1),
               static_cast<unsigned>(high),
               dicom::integer_of(file, kPixelRepresentation).value_or(0) != 0,
               file.syntax.big_endian};
}

base::Result<HiddenWork> clear_unused_bits(const dicom::File& original,
                                           const dicom::Source& source) {
  const bool overlay = has_embedded_overlay(original);
  const auto* pixels = dicom::find(original.elements, kPixelData);
  const auto cells = cells_of(original);
  if (!cells && pixels) return quarantine("bits of the pixels that contradict each other");
  const bool native = pixels && pixels->shape != Element::Shape::Encapsulated;
  if (overlay && !(native && overlays_are_beside(original, *cells)))
    return quarantine("overlay planes in bits of the pixels that cannot be cleared");
  const bool encapsulated_native = pixels && original.syntax.uid == "1.2.840.10008.1.2.1.98";
  if (encapsulated_native && cells->allocated != 0)
    return quarantine("unused bits in encapsulated native pixels");
  if (!native || cells->allocated == 0) return HiddenWork();
  if (pixels->shape == Element::Shape::Sequence)
    return quarantine("pixel data that are a sequence");
  // In big endian, a pixel of more than a word has no one order of its bytes.
  if (original.syntax.big_endian && cells->allocated > 16)
    return quarantine("unused bits in large big endian pixels");
  auto work = filtered(*pixels, *cells, source);
  work.cleaned = overlay ? 1 : 0;
  return work;
}

}  // namespace deidentify
