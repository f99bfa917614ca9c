// The part of the walk that is in the annotations of a presentation state.
#include <algorithm>

#include "deidentify/rewrite.h"
#include "deidentify/values.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

constexpr Tag kGraphicAnnotations{0x0070, 0x0001};
constexpr Tag kGraphicLayer{0x0070, 0x0002};
constexpr Tag kUnformattedText{0x0070, 0x0006};
constexpr Tag kTextObjects{0x0070, 0x0008};
constexpr Tag kGraphicObjects{0x0070, 0x0009};
constexpr Tag kGraphicLayers{0x0070, 0x0060};
constexpr Tag kCompoundGraphics{0x0070, 0x0209};  // rulers, axes: with text of their own

}  // namespace

bool Rewriter::is_graphics(const Element& element) const {
  if (!rules_->runs(tables::kGraphics)) return false;
  if (element.tag == kGraphicLayer) return element.shape == Element::Shape::Value;
  const bool sequence = element.tag == kGraphicAnnotations || element.tag == kTextObjects ||
                        element.tag == kGraphicObjects || element.tag == kCompoundGraphics ||
                        element.tag == kGraphicLayers;
  return sequence && element.shape == Element::Shape::Sequence;
}

std::optional<Element> Rewriter::clean_graphics(const Element& element) {
  graphics_cleaned_ = true;
  if (element.tag == kGraphicLayer)
    return text_element(kGraphicLayer, VR("CS"), layers_.of(dicom::trimmed_text(element)));
  if (element.tag == kGraphicLayers) return recurse(element);
  if (element.tag == kCompoundGraphics) return remove(element);
  auto result = empty_element(element.tag, VR("SQ"));
  if (!enter(element.tag)) return result;
  for (const auto& item : element.items) {
    begin_item();
    if (auto kept = clean_drawn(element.tag, item.elements)) {
      result.items.push_back({std::move(*kept)});
      continue;
    }
    ++counts_["graphics_removed"];
    if (trace_ != nullptr) trace_->left_out();
  }
  leave();
  return result.items.empty() ? std::nullopt : std::optional(std::move(result));
}

// An annotation, a text or a graphic of one; nullopt: nothing to be shown of it.
std::optional<std::vector<Element>> Rewriter::clean_drawn(Tag sequence,
                                                          const std::vector<Element>& item) {
  if (sequence == kGraphicObjects && !is_plain_graphic(item)) return std::nullopt;
  if (sequence == kTextObjects) return clean_text_object(item);
  auto elements = rewrite(item);
  if (sequence == kGraphicAnnotations && !draws_something(elements)) return std::nullopt;
  return elements;
}

std::optional<std::vector<Element>> Rewriter::clean_text_object(const std::vector<Element>& item) {
  const auto* text = dicom::find(item, kUnformattedText);
  const auto said = text ? clean_words(*text) : std::nullopt;
  if (!said || said->empty()) return std::nullopt;
  ++counts_["text_cleaned"];
  auto elements = rewrite(item);
  put(elements, text_element(kUnformattedText, VR("ST"), *said));
  return elements;
}

}  // namespace deidentify
