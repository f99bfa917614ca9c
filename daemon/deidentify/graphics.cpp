#include "deidentify/graphics.h"

#include <algorithm>
#include <set>

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;

constexpr Tag kShutterShape{0x0018, 0x1600};
constexpr Tag kGraphicAnnotations{0x0070, 0x0001};
constexpr Tag kGraphicLayer{0x0070, 0x0002};
constexpr Tag kTextObjects{0x0070, 0x0008};
constexpr Tag kGraphicObjects{0x0070, 0x0009};
constexpr Tag kGraphicData{0x0070, 0x0022};
constexpr Tag kGraphicType{0x0070, 0x0023};
constexpr Tag kGraphicLayers{0x0070, 0x0060};
constexpr std::size_t kBytesOfPoint = 2 * sizeof(float);
constexpr std::size_t kFewPoints = 8;

bool has_items(const std::vector<Element>& elements, Tag tag) {
  const auto* sequence = dicom::find(elements, tag);
  return sequence && !sequence->items.empty();
}

}  // namespace

bool is_plain_graphic(const std::vector<Element>& graphic_object) {
  const auto type = dicom::text_of(graphic_object, kGraphicType);
  const auto* data = dicom::find(graphic_object, kGraphicData);
  if (!data || data->shape != Element::Shape::Value) return false;
  const auto points = data->value.size() / kBytesOfPoint;
  if (type == "POINT") return points == 1;
  if (type == "CIRCLE") return points == 2;
  if (type == "ELLIPSE") return points == 4;
  return (type == "POLYLINE" || type == "INTERPOLATED") && points <= kFewPoints;
}

bool draws_something(const std::vector<Element>& annotation) {
  return has_items(annotation, kTextObjects) || has_items(annotation, kGraphicObjects);
}

void drop_idle_layers(std::vector<Element>& elements) {
  auto* layers = dicom::find(elements, kGraphicLayers);
  if (!layers) return;
  std::set<std::string> used;
  if (const auto* annotations = dicom::find(elements, kGraphicAnnotations))
    for (const auto& item : annotations->items)
      used.insert(dicom::text_of(item.elements, kGraphicLayer));
  std::erase_if(layers->items, [&](const dicom::Item& layer) {
    return !used.contains(dicom::text_of(layer.elements, kGraphicLayer));
  });
  if (layers->items.empty())
    std::erase_if(elements, [](const Element& element) { return element.tag == kGraphicLayers; });
}

bool has_bitmap_shutter(const std::vector<Element>& elements) {
  return dicom::text_of(elements, kShutterShape).find("BITMAP") != std::string::npos;
}

std::string LayerNames::of(const std::string& original) {
  const auto name = "LAYER" + std::to_string(names_.size() + 1);
  return names_.emplace(original, name).first->second;
}

}  // namespace deidentify
