#include "deidentify/hidden.h"

#include <algorithm>

#include "deidentify/unused_bits.h"
#include "deidentify/values.h"

namespace deidentify {

base::Result<HiddenWork> clean_hidden(const dicom::File& original, const dicom::Source& source) {
  auto bits = TRY(clear_unused_bits(original, source));
  if (!bits.reason.empty() || !original.syntax.encapsulated) return bits;
  return strip_frames(original, source);
}

void put_hidden(std::vector<dicom::Element>& elements, const HiddenWork& work) {
  for (const auto& element : work.elements)
    if (dicom::find(elements, element.tag)) put(elements, element);
  std::erase_if(elements, [&](const dicom::Element& element) {
    return std::find(work.gone.begin(), work.gone.end(), element.tag) != work.gone.end();
  });
}

}  // namespace deidentify
