#include "deidentify/hidden.h"

#include <algorithm>

#include "deidentify/behind_frames.h"
#include "deidentify/unused_bits.h"
#include "deidentify/values.h"

namespace deidentify {

namespace {

base::Result<HiddenWork> clean_frames(const dicom::File& original, const dicom::Source& source) {
  auto bits = TRY(clear_unused_bits(original, source));
  if (!bits.reason.empty() || !original.syntax.encapsulated) return bits;
  return strip_frames(original, source);
}

// `more` stands on what `work` left, and says the last word of a tag.
HiddenWork joined(HiddenWork work, HiddenWork more) {
  for (auto& element : more.elements) put(work.elements, std::move(element));
  work.gone.insert(work.gone.end(), more.gone.begin(), more.gone.end());
  work.source = std::move(more.source);
  work.reason = std::move(more.reason);
  work.cleaned = std::max(work.cleaned, more.cleaned);
  return work;
}

}  // namespace

base::Result<HiddenWork> clean_hidden(const dicom::File& original, const dicom::Source& source) {
  auto work = cut_behind_frames(original);
  if (!work.reason.empty()) return work;
  if (work.elements.empty()) return joined(std::move(work), TRY(clean_frames(original, source)));
  auto shown = original;
  put_hidden(shown.elements, work);
  auto more = TRY(clean_frames(shown, source));
  return joined(std::move(work), std::move(more));
}

void put_hidden(std::vector<dicom::Element>& elements, const HiddenWork& work) {
  for (const auto& element : work.elements)
    if (dicom::find(elements, element.tag)) put(elements, element);
  std::erase_if(elements, [&](const dicom::Element& element) {
    return std::find(work.gone.begin(), work.gone.end(), element.tag) != work.gone.end();
  });
}

}  // namespace deidentify
