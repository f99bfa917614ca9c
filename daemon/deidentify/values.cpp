#include "deidentify/values.h"

#include <algorithm>

#include "deidentify/engine.h"
#include "deidentify/tables.h"
#include "dicom/uids.h"
#include "dicom/vr.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

constexpr Tag kPerformedProcedureSteps{0x0008, 0x1111};
constexpr Tag kReferencedSOPClassUID{0x0008, 0x1150};
constexpr Tag kReferencedSOPInstanceUID{0x0008, 0x1155};
constexpr std::string_view kPerformedProcedureStepSOPClass = "1.2.840.10008.3.1.2.3.3";

Element sequence_of(Tag tag, std::vector<Element> item) {
  Element element;
  element.tag = tag;
  element.vr = VR("SQ");
  element.shape = Element::Shape::Sequence;
  if (!item.empty()) element.items.push_back({std::move(item)});
  return element;
}

std::vector<Element> dummy_code() {
  return {text_element({0x0008, 0x0100}, VR("SH"), "ANON"),
          text_element({0x0008, 0x0102}, VR("SH"), "99ANON"),
          text_element({0x0008, 0x0104}, VR("LO"), "ANONYMIZED")};
}

std::vector<Element> dummy_person() {
  return {text_element({0x0008, 0x0080}, VR("LO"), "ANONYMIZED"),
          sequence_of({0x0040, 0x1101}, dummy_code())};
}

std::vector<Element> dummy_reference(const base::SecretBytes& uid_key) {
  return {text_element(kReferencedSOPClassUID, VR("UI"), kPerformedProcedureStepSOPClass),
          text_element(kReferencedSOPInstanceUID, VR("UI"), map_uid(uid_key, "0"))};
}

std::vector<Element> dummy_verifier() {
  return {text_element({0x0040, 0xA027}, VR("LO"), "ANONYMIZED"),
          text_element({0x0040, 0xA030}, VR("DT"), "19000101000000"),
          text_element({0x0040, 0xA075}, VR("PN"), "ANONYMIZED"),
          sequence_of({0x0040, 0xA088}, {})};
}

std::vector<Element> dummy_content() {
  return {text_element({0x0040, 0xA010}, VR("CS"), "CONTAINS"),
          text_element({0x0040, 0xA040}, VR("CS"), "TEXT"),
          sequence_of({0x0040, 0xA043}, dummy_code()),
          text_element({0x0040, 0xA160}, VR("UT"), "ANONYMIZED")};
}

// One item with the dummies that its Type 1 children need.
Element dummy_sequence(Tag tag, const base::SecretBytes& uid_key) {
  if (tag == kPerformedProcedureSteps) return sequence_of(tag, dummy_reference(uid_key));
  if (tag == Tag{0x0008, 0x1072}) return sequence_of(tag, dummy_person());
  if (tag == Tag{0x0040, 0xA073}) return sequence_of(tag, dummy_verifier());
  if (tag == Tag{0x0040, 0xA730}) return sequence_of(tag, dummy_content());
  if (tag == Tag{0x0070, 0x0001})
    return sequence_of(tag, {text_element({0x0070, 0x0002}, VR("CS"), "ANONYMIZED")});
  if (tag == Tag{0x0034, 0x0001})
    return sequence_of(tag,
                       {text_element({0x0034, 0x0002}, VR("OB"), std::string_view("\0\0", 2))});
  return sequence_of(tag, dummy_code());
}

std::string_view dummy_text(VR vr) {
  if (vr == VR("DA")) return "19000101";
  if (vr == VR("TM")) return "000000";
  if (vr == VR("DT")) return "19000101000000";
  if (vr == VR("AE")) return "ANON";
  if (vr == VR("AS")) return "000Y";
  if (vr == VR("DS") || vr == VR("IS")) return "0";
  return "ANONYMIZED";
}

std::string_view zeros(VR vr) {
  constexpr std::string_view kZeros("\0\0\0\0\0\0\0\0", 8);
  return kZeros.substr(0, std::max<std::size_t>(2, dicom::word_size(vr)));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

std::string mapped(std::string_view value, const base::SecretBytes& uid_key,
                   std::uint64_t& anomalies) {
  const auto uid = trimmed(value);
  if (uid.empty() || tables::is_registered(uid)) return std::string(uid);
  if (!dicom::is_valid_uid(uid)) ++anomalies;
  return map_uid(uid_key, uid);
}

}  // namespace

Element text_element(Tag tag, VR vr, std::string_view text) {
  Element element;
  element.tag = tag;
  element.vr = vr;
  element.value = base::to_bytes(base::as_bytes(text));
  if (element.value.size() % 2)
    element.value.push_back(static_cast<std::uint8_t>(dicom::padding(vr)));
  return element;
}

Element empty_element(Tag tag, VR vr) {
  return vr == VR("SQ") ? sequence_of(tag, {}) : text_element(tag, vr, "");
}

Element dummy_element(const Element& original, VR vr, const base::SecretBytes& uid_key) {
  if (vr == VR("SQ")) return dummy_sequence(original.tag, uid_key);
  if (vr == VR("UI")) {
    const auto uid = dicom::trimmed_text(original);
    return text_element(original.tag, vr, map_uid(uid_key, uid.empty() ? "0" : uid));
  }
  const bool text = dicom::is_text(vr) || dicom::is_ascii(vr);
  return text_element(original.tag, vr, text ? dummy_text(vr) : zeros(vr));
}

Element mapped_element(const Element& original, const base::SecretBytes& uid_key,
                       std::uint64_t& anomalies) {
  const auto text = base::as_text(original.value);
  std::string result;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\\', at), text.size());
    if (at > 0) result += '\\';
    result += mapped(text.substr(at, end - at), uid_key, anomalies);
    at = end + 1;
  }
  return text_element(original.tag, VR("UI"), result);
}

bool is_number_text(VR vr) { return vr == VR("IS") || vr == VR("DS"); }

bool is_of_numbers(std::string_view text) {
  constexpr std::string_view kAllowed("0123456789+-.eE\\ \0", 18);
  return text.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool is_of_uids(std::string_view text) {
  constexpr std::string_view kAllowed("0123456789.\\ \0", 14);
  return text.find_first_not_of(kAllowed) == std::string_view::npos;
}

void put(std::vector<Element>& elements, Element element) {
  const auto at = std::lower_bound(elements.begin(), elements.end(), element.tag,
                                   [](const Element& one, Tag tag) { return one.tag < tag; });
  if (at != elements.end() && at->tag == element.tag)
    *at = std::move(element);
  else
    elements.insert(at, std::move(element));
}

}  // namespace deidentify
