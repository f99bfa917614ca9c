#include "deidentify/behind_frames.h"

#include "deidentify/decide.h"
#include "deidentify/frame_size.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;

constexpr Tag kOffsets{0x7FE0, 0x0001};
constexpr Tag kLengths{0x7FE0, 0x0002};

std::uint64_t length_of(const Element& pixels) {
  return pixels.shape == Element::Shape::Extent ? pixels.extents.front().length
                                                : pixels.value.size();
}

Element cut(Element pixels, std::uint64_t length) {
  if (pixels.shape == Element::Shape::Extent)
    pixels.extents.front().length = length;
  else
    pixels.value.resize(static_cast<std::size_t>(length));
  return pixels;
}

}  // namespace

HiddenWork cut_behind_frames(const dicom::File& original) {
  HiddenWork work;
  if (original.syntax.encapsulated) return work;
  for (const auto tag : {kOffsets, kLengths})
    if (dicom::find(original.elements, tag)) work.gone.push_back(tag);
  for (const auto& element : original.elements) {
    if (!is_pixel_data(element.tag) || element.shape == Element::Shape::Sequence) continue;
    const auto length = length_of(element);
    if (length == 0) continue;
    const auto needed = bytes_of_frames(original);
    if (!needed) work.reason = "pixel data whose size their header does not say";
    // A byte of padding makes the length even.
    if (!needed || length <= *needed + *needed % 2) continue;
    work.elements.push_back(cut(element, *needed));
    ++work.cleaned;
  }
  return work;
}

}  // namespace deidentify
