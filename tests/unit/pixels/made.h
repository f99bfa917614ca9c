// Grey images made by hand.
#pragma once

#include <algorithm>
#include <string>

#include "dicom/data_set.h"
#include "dicom/stream.h"

namespace made {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

inline constexpr std::uint8_t kGrey = 99;
// Of the columns 2 to 9 of a device rule.
inline constexpr Tag kTagOfColumn[] = {{},
                                       {},
                                       {0x0008, 0x0060},
                                       {0x0008, 0x0070},
                                       {0x0008, 0x1090},
                                       {0x0028, 0x0010},
                                       {0x0028, 0x0011},
                                       {0x0008, 0x0008},
                                       {0x0008, 0x103E},
                                       {0x0028, 0x0301}};

inline void put(std::vector<Element>& elements, Element element) {
  std::erase_if(elements, [&](const Element& one) { return one.tag == element.tag; });
  const auto at = std::find_if(elements.begin(), elements.end(),
                               [&](const Element& one) { return element.tag < one.tag; });
  elements.insert(at, std::move(element));
}

inline Element text(Tag tag, VR vr, std::string_view value) {
  Element element;
  element.tag = tag;
  element.vr = vr;
  element.value.assign(value.begin(), value.end());
  if (value.size() % 2 != 0) element.value.push_back(' ');
  return element;
}

inline void put_text(dicom::File& file, Tag tag, std::string_view value) {
  put(file.elements, text(tag, "LO", value));
}

inline void put_integer(dicom::File& file, Tag tag, int value) {
  Element element;
  element.tag = tag;
  element.vr = VR("US");
  element.value = {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
  put(file.elements, std::move(element));
}

inline void put_item(dicom::File& file, Tag tag, Element element) {
  Element sequence;
  sequence.tag = tag;
  sequence.vr = VR("SQ");
  sequence.shape = Element::Shape::Sequence;
  sequence.items.push_back({{std::move(element)}});
  put(file.elements, std::move(sequence));
}

inline void put_pixels(dicom::File& file, base::Bytes bytes) {
  Element element;
  element.tag = {0x7FE0, 0x0010};
  element.vr = VR("OB");
  element.value = std::move(bytes);
  if (element.value.size() % 2 != 0) element.value.push_back(0);
  put(file.elements, std::move(element));
}

// 8 bits, MONOCHROME2.
inline dicom::File image(int rows, int columns) {
  dicom::File file;
  file.syntax = dicom::transfer_syntax("1.2.840.10008.1.2.1");
  put_text(file, {0x0028, 0x0004}, "MONOCHROME2");
  put_integer(file, {0x0028, 0x0002}, 1);
  put_integer(file, {0x0028, 0x0010}, rows);
  put_integer(file, {0x0028, 0x0011}, columns);
  put_integer(file, {0x0028, 0x0100}, 8);
  put_integer(file, {0x0028, 0x0101}, 8);
  put_integer(file, {0x0028, 0x0102}, 7);
  put_integer(file, {0x0028, 0x0103}, 0);
  put_pixels(file, base::Bytes(static_cast<std::size_t>(rows) * columns, kGrey));
  return file;
}

struct Size {
  int rows, columns;
};
inline Size size(const dicom::File& file) {
  return {static_cast<int>(dicom::integer_of(file, {0x0028, 0x0010}).value()),
          static_cast<int>(dicom::integer_of(file, {0x0028, 0x0011}).value())};
}

inline const dicom::Source& nothing() {
  static const dicom::MemorySource source{{}};
  return source;
}

}  // namespace made
