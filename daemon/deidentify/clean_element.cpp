#include "deidentify/clean_element.h"

#include <algorithm>

#include "deidentify/values.h"
#include "dicom/charset.h"
#include "dicom/vr.h"

namespace deidentify {
namespace {

// Values keep their places; "" when none has a word left.
CleanText clean_values(const TextCleaner& cleaner, std::string_view text, bool several) {
  if (!several) return cleaner.clean(text);
  CleanText all;
  bool empty = true;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\\', at), text.size());
    const auto one = cleaner.clean(text.substr(at, end - at));
    if (at > 0) all.text += '\\';
    all.text += one.text;
    all.homonyms += one.homonyms;
    empty &= one.text.empty();
    at = end + 1;
  }
  if (empty) all.text.clear();
  return all;
}

}  // namespace

CleanElement clean_element(const TextCleaner& cleaner, const dicom::Element& element,
                           const std::vector<std::string>& set) {
  CleanElement result;
  const auto utf8 = dicom::to_utf8(dicom::trimmed_text(element), set);
  result.undecodable = !utf8;
  if (!utf8) return result;
  const auto cleaned = clean_values(cleaner, *utf8, dicom::is_multi_valued(element.vr));
  if (cleaned.text.empty()) return result;
  const auto bytes = dicom::from_utf8(cleaned.text, set);
  if (!bytes) return result;
  result.element = text_element(element.tag, element.vr, *bytes);
  result.homonyms = cleaned.homonyms;
  return result;
}

}  // namespace deidentify
