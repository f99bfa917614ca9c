// What holds of every data set that was read: it stays within its limits, and what is written of it
// is as long as was foretold, reads the same and writes the same.
#pragma once

#include "dicom/read.h"
#include "dicom/write.h"
#include "fuzz.h"

namespace fuzz {

// Sequences around a place, and everything that counts against the limit of elements.
struct Extremes {
  std::uint32_t depth = 0, elements = 0;
  std::uint64_t held = 0;
};

inline void measure(const std::vector<dicom::Element>& elements, std::uint32_t depth,
                    Extremes& found) {
  found.depth = std::max(found.depth, depth);
  for (const auto& element : elements) {
    ++found.elements;
    found.held += element.value.size();
    HOLDS(element.value.size() <= dicom::kInMemory);
    if (element.shape == dicom::Element::Shape::Encapsulated)
      found.elements += static_cast<std::uint32_t>(element.extents.size());
    if (element.shape == dicom::Element::Shape::Sequence)
      found.depth = std::max(found.depth, depth + 1);
    for (const auto& item : element.items) {
      ++found.elements;
      measure(item.elements, depth + 1, found);
    }
  }
}

inline void check_limits(const std::vector<dicom::Element>& elements, const dicom::Limits& limits) {
  Extremes found;
  measure(elements, 0, found);
  HOLDS(found.depth <= limits.depth);
  HOLDS(found.elements <= limits.elements);
  HOLDS(found.held <= limits.header_bytes);
}

inline void check_extents(const dicom::Element& a, base::ByteView from, const dicom::Element& b,
                          base::ByteView written) {
  HOLDS(a.extents.size() == b.extents.size());
  for (std::size_t i = 0; i < a.extents.size(); ++i) {
    HOLDS(a.extents[i].offset + a.extents[i].length <= from.size());
    HOLDS(a.extents[i].length == b.extents[i].length);
    HOLDS(same(from.subspan(a.extents[i].offset, a.extents[i].length),
               written.subspan(b.extents[i].offset, b.extents[i].length)));
  }
}

inline void check_same(const std::vector<dicom::Element>& a, base::ByteView from,
                       const std::vector<dicom::Element>& b, base::ByteView written) {
  HOLDS(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    HOLDS(i == 0 || a[i - 1].tag < a[i].tag);
    HOLDS(a[i].tag == b[i].tag && a[i].shape == b[i].shape && a[i].value == b[i].value);
    HOLDS(a[i].items.size() == b[i].items.size());
    check_extents(a[i], from, b[i], written);
    for (std::size_t k = 0; k < a[i].items.size(); ++k)
      check_same(a[i].items[k].elements, from, b[i].items[k].elements, written);
  }
}

inline base::Bytes written(const dicom::File& file, base::ByteView source) {
  dicom::MemorySink sink;
  HOLDS(dicom::write_file(file, dicom::MemorySource(source), sink).ok());
  HOLDS(sink.bytes().size() == dicom::written_size(file));
  return sink.take();
}

// A reason goes into logs and mails: our words and a tag, nothing of the file.
inline void check_reason(const base::Fault& fault) {
  HOLDS(fault.remedy == base::Remedy::Reject);
  HOLDS(!fault.what.empty() && fault.what.size() <= 120);
  HOLDS(std::all_of(fault.what.begin(), fault.what.end(),
                    [](char c) { return c >= ' ' && c <= '~'; }));
}

inline void check_survives_writing(const dicom::File& file, base::ByteView source) {
  const base::Bytes first = written(file, source);
  const auto again = dicom::read_file(dicom::MemorySource(first));
  HOLDS(again.ok());
  check_same(file.elements, source, again.value().elements, first);
  HOLDS(written(again.value(), first) == first);
}

}  // namespace fuzz
