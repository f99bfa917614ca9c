#include "deidentify/classify.h"

#include <algorithm>
#include <functional>

#include "deidentify/decide.h"
#include "deidentify/faces.h"
#include "deidentify/graphics.h"
#include "deidentify/tables.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;

constexpr Tag kSOPClassUID{0x0008, 0x0016};
constexpr Tag kSOPInstanceUID{0x0008, 0x0018};
constexpr std::string_view kMayHoldText = "pixels may hold text: ";

std::string upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

bool contains_any(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

// At any depth: frames of an enhanced object have their own.
bool any_value(const std::vector<Element>& elements, Tag tag,
               const std::function<bool(const std::string&)>& holds) {
  return std::any_of(elements.begin(), elements.end(), [&](const Element& element) {
    if (element.tag == tag && holds(upper(dicom::trimmed_text(element)))) return true;
    return std::any_of(element.items.begin(), element.items.end(), [&](const dicom::Item& item) {
      return any_value(item.elements, tag, holds);
    });
  });
}

bool is_capture(const std::string& image_type) {
  return contains_any(image_type, {"SECONDARY", "SCREEN", "DOSE", "CAPTURE", "REPORT", "PROTOCOL"});
}

bool is_screen_description(const std::string& text) {
  return contains_any(text, {"DOSE REPORT", "DOSE INFO", "DOSE RECORD", "DOSE SUMMARY",
                             "PATIENT PROTOCOL", "SCREEN SAVE", "SCREENSHOT", "SCREEN CAPTURE"});
}

// More than one value is no modality, but no way past this either; spaces do not count.
template <std::size_t N>
bool is_one_of(std::string_view modality, const std::string_view (&list)[N]) {
  for (std::size_t begin = 0; begin <= modality.size();) {
    const auto end = std::min(modality.find('\\', begin), modality.size());
    auto one = modality.substr(begin, end - begin);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (std::find(std::begin(list), std::end(list), one) != std::end(list)) return true;
    begin = end + 1;
  }
  return false;
}

bool is_modality_of_screens(std::string_view modality) {
  static constexpr std::string_view kModalities[] = {"US",   "ES",  "XC", "OT", "SC",
                                                     "DOC",  "SM",  "GM", "OP", "OPT",
                                                     "IVUS", "ECG", "SR", "HC", "DG"};
  return is_one_of(modality, kModalities);
}

bool is_colour(const std::string& photometric) {
  return !photometric.empty() && !photometric.starts_with("MONOCHROME");
}

bool is_ct(const std::string& sop_class) {
  constexpr std::string_view kCT = "1.2.840.10008.5.1.4.1.1.2";
  return sop_class == kCT || sop_class.starts_with(std::string(kCT) + ".");
}

std::optional<std::string> text_because(std::string_view why) {
  return std::string(kMayHoldText) + std::string(why);
}

}  // namespace

bool has_pixels(const dicom::File& original) {
  return std::any_of(original.elements.begin(), original.elements.end(),
                     [](const Element& element) { return is_pixel_data(element.tag); });
}

std::optional<std::string> refuse_sop_class(const dicom::File& original,
                                            const std::set<Option>& options) {
  const auto sop_class = dicom::text_of(original.elements, kSOPClassUID);
  if (sop_class.empty()) return "no SOP Class UID";
  if (dicom::text_of(original.elements, kSOPInstanceUID).empty()) return "no SOP Instance UID";
  if (!tables::is_registered(sop_class)) return "private or unknown SOP class";
  const auto* row = tables::find_sop_class(sop_class);
  if (!row) return "SOP class is not among those that are released";
  const auto option = parse_option(row->option);
  if (!row->released && !(option && options.contains(*option))) return std::string(row->reason);
  if (!row->has_pixels && has_pixels(original)) return "pixel data in an object that has none";
  if (options.contains(Option::CleanRecognizableVisualFeatures) && has_pixels(original))
    if (auto face = may_show_face(original)) return face;
  if (option == Option::CleanGraphics && has_bitmap_shutter(original.elements))
    return "a shutter that is an overlay plane";
  return std::nullopt;
}

bool is_ultrasound(const dicom::File& original) {
  static constexpr std::string_view kModalities[] = {"US", "IVUS"};
  constexpr std::string_view kClasses = "1.2.840.10008.5.1.4.1.1.6";
  const auto sop_class = dicom::text_of(original.elements, kSOPClassUID);
  return sop_class == kClasses || sop_class.starts_with(std::string(kClasses) + ".") ||
         is_one_of(upper(dicom::text_of(original.elements, {0x0008, 0x0060})), kModalities);
}

bool is_about_text(std::string_view reason) { return reason.starts_with(kMayHoldText); }

std::optional<std::string> suspect_pixels(const dicom::File& original) {
  const auto& elements = original.elements;
  const auto value = [&](Tag tag) { return upper(dicom::text_of(elements, tag)); };
  const auto is_yes = [](const std::string& text) { return text != "NO" && !text.empty(); };
  const auto is_given = [](const std::string& text) { return !text.empty(); };
  if (any_value(elements, {0x0028, 0x0301}, is_yes)) return text_because("Burned In Annotation");
  if (is_modality_of_screens(value({0x0008, 0x0060}))) return text_because("Modality");
  if (any_value(elements, {0x0008, 0x0064}, is_given)) return text_because("Conversion Type");
  if (any_value(elements, {0x0008, 0x0008}, is_capture) ||
      any_value(elements, {0x0008, 0x9007}, is_capture))
    return text_because("Image Type");
  if (is_screen_description(value({0x0008, 0x103E})) ||
      is_screen_description(value({0x0018, 0x1030})))
    return text_because("a screen, by its Series Description");
  const bool samples = dicom::integer_of(original, {0x0028, 0x0002}).value_or(1) > 1;
  if (samples || is_colour(value({0x0028, 0x0004}))) return text_because("colour");
  if (is_ct(value(kSOPClassUID)) && dicom::integer_of(original, {0x0028, 0x0100}) == 8)
    return text_because("CT of 8 bits");
  return std::nullopt;
}

}  // namespace deidentify
