#include "pack/record_keys.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace pack {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

// What a key is when the instance lacks it: `otherwise` where the record must have a value (the
// values that DCMTK's dcmmkdir invents), empty where it may be empty, no element where optional.
struct Key {
  Tag tag;
  VR vr;
  const char* otherwise;
};
constexpr const char* kEmpty = "";
constexpr const char* kOptional = nullptr;
constexpr const char* kNoDate = "19000101";
constexpr const char* kNoTime = "000000";

constexpr Key kPatient[] = {{{0x0010, 0x0010}, "PN", kEmpty}, {{0x0010, 0x0020}, "LO", "0"}};
constexpr Key kStudy[] = {{{0x0008, 0x0020}, "DA", kNoDate}, {{0x0008, 0x0030}, "TM", kNoTime},
                          {{0x0008, 0x0050}, "SH", kEmpty},  {{0x0008, 0x1030}, "LO", kEmpty},
                          {{0x0020, 0x000D}, "UI", kEmpty},  {{0x0020, 0x0010}, "SH", "0"}};
constexpr Key kSeries[] = {{{0x0008, 0x0060}, "CS", "OT"},
                           {{0x0008, 0x103E}, "LO", kOptional},
                           {{0x0020, 0x000E}, "UI", kEmpty},
                           {{0x0020, 0x0011}, "IS", "0"}};

constexpr Tag kContentSequence{0x0040, 0xA730};
constexpr Tag kInstanceNumber{0x0020, 0x0013};
constexpr Tag kVerificationDateTime{0x0040, 0xA030};
constexpr Key kImage[] = {{kInstanceNumber, "IS", "0"}};
constexpr Key kReport[] = {
    {{0x0008, 0x0023}, "DA", kNoDate},      {{0x0008, 0x0033}, "TM", kNoTime},
    {kInstanceNumber, "IS", "0"},           {kVerificationDateTime, "DT", "19000101000000"},
    {{0x0040, 0xA043}, "SQ", kOptional},    {{0x0040, 0xA491}, "CS", "PARTIAL"},
    {{0x0040, 0xA493}, "CS", "UNVERIFIED"}, {kContentSequence, "SQ", kOptional}};
constexpr Key kKeyObject[] = {{{0x0008, 0x0023}, "DA", kNoDate},
                              {{0x0008, 0x0033}, "TM", kNoTime},
                              {kInstanceNumber, "IS", "0"},
                              {{0x0040, 0xA043}, "SQ", kOptional},
                              {kContentSequence, "SQ", kOptional}};
constexpr Key kPresentation[] = {
    {{0x0008, 0x1115}, "SQ", kOptional}, {kInstanceNumber, "IS", "0"},
    {{0x0070, 0x0080}, "CS", "UNNAMED"}, {{0x0070, 0x0081}, "LO", kEmpty},
    {{0x0070, 0x0082}, "DA", kNoDate},   {{0x0070, 0x0083}, "TM", kNoTime},
    {{0x0070, 0x0084}, "PN", kEmpty}};
constexpr Key kDated[] = {{{0x0008, 0x0023}, "DA", kNoDate},
                          {{0x0008, 0x0033}, "TM", kNoTime},
                          {kInstanceNumber, "IS", "0"}};
constexpr Key kLabelled[] = {{{0x0008, 0x0023}, "DA", kNoDate}, {{0x0008, 0x0033}, "TM", kNoTime},
                             {kInstanceNumber, "IS", "0"},      {{0x0070, 0x0080}, "CS", "UNNAMED"},
                             {{0x0070, 0x0081}, "LO", kEmpty},  {{0x0070, 0x0084}, "PN", kEmpty}};
constexpr Key kDocument[] = {
    {{0x0008, 0x0023}, "DA", kEmpty}, {{0x0008, 0x0033}, "TM", kEmpty},
    {kInstanceNumber, "IS", "0"},     {{0x0040, 0xA043}, "SQ", kOptional},
    {{0x0042, 0x0010}, "ST", kEmpty}, {{0x0042, 0x0012}, "LO", "application/octet-stream"}};
constexpr Key kDose[] = {{kInstanceNumber, "IS", "0"},
                         {{0x3004, 0x000A}, "CS", "PLAN"},
                         {{0x3006, 0x00A6}, "LO", kOptional}};
constexpr Key kStructures[] = {{kInstanceNumber, "IS", "0"},
                               {{0x3006, 0x0002}, "SH", "UNNAMED"},
                               {{0x3006, 0x0008}, "DA", kEmpty},
                               {{0x3006, 0x0009}, "TM", kEmpty}};
constexpr Key kPlan[] = {{kInstanceNumber, "IS", "0"},
                         {{0x300A, 0x0002}, "SH", "UNNAMED"},
                         {{0x300A, 0x0006}, "DA", kEmpty},
                         {{0x300A, 0x0007}, "TM", kEmpty}};
constexpr Key kTreatment[] = {{kInstanceNumber, "IS", "0"},
                              {{0x3008, 0x0250}, "DA", kEmpty},
                              {{0x3008, 0x0251}, "TM", kEmpty}};

struct RecordType {
  std::string_view name;
  std::span<const Key> keys;
};
constexpr RecordType kImageRecord{"IMAGE", kImage};
constexpr RecordType kPrivateRecord{"PRIVATE", {}};

// PS3.3 Table F.4-1, behind 1.2.840.10008.5.1.4.1.1.; a name ending in '.' stands for all below it.
// The first that fits.
constexpr std::string_view kStorage = "1.2.840.10008.5.1.4.1.1.";
struct Row {
  std::string_view sop_class;
  RecordType type;
};
constexpr Row kRows[] = {{"88.59", {"KEY OBJECT DOC", kKeyObject}},
                         {"88.", {"SR DOCUMENT", kReport}},
                         {"79.1", {"SR DOCUMENT", kReport}},
                         {"11.", {"PRESENTATION", kPresentation}},
                         {"9.", {"WAVEFORM", kDated}},
                         {"104.", {"ENCAP DOC", kDocument}},
                         {"4.2", {"SPECTROSCOPY", kDated}},
                         {"66", {"RAW DATA", kDated}},
                         {"66.1", {"REGISTRATION", kLabelled}},
                         {"66.2", {"FIDUCIAL", kLabelled}},
                         {"66.3", {"REGISTRATION", kLabelled}},
                         {"66.5", {"SURFACE", kLabelled}},
                         {"66.6", {"TRACT", kLabelled}},
                         {"67", {"VALUE MAP", kLabelled}},
                         {"68.1", {"SURFACE SCAN", kDated}},
                         {"78.", {"MEASUREMENT", kDated}},
                         {"80.1", {"MEASUREMENT", kDated}},
                         {"481.2", {"RT DOSE", kDose}},
                         {"481.3", {"RT STRUCTURE SET", kStructures}},
                         {"481.5", {"RT PLAN", kPlan}},
                         {"481.8", {"RT PLAN", kPlan}},
                         {"481.4", {"RT TREAT RECORD", kTreatment}},
                         {"481.6", {"RT TREAT RECORD", kTreatment}},
                         {"481.7", {"RT TREAT RECORD", kTreatment}},
                         {"481.9", {"RT TREAT RECORD", kTreatment}}};

bool fits(std::string_view row, std::string_view rest) {
  return row.ends_with('.') ? rest.starts_with(row) : rest == row;
}

RecordType type_of(std::string_view sop_class_uid, bool has_pixels) {
  if (sop_class_uid.starts_with(kStorage)) {
    const auto rest = sop_class_uid.substr(kStorage.size());
    for (const Row& row : kRows)
      if (fits(row.sop_class, rest)) return row.type;
  }
  return has_pixels ? kImageRecord : kPrivateRecord;
}

// A directory is no place for large values: an instance whose key is one loses the key.
constexpr std::size_t kLongestKey = 1024;
constexpr std::size_t kMostItems = 64;

bool fits(const Element& element, int depth = 0) {
  if (element.shape == Element::Shape::Value) return element.value.size() <= kLongestKey;
  if (element.shape != Element::Shape::Sequence || depth > 4) return false;
  if (element.items.size() > kMostItems) return false;
  for (const dicom::Item& item : element.items)
    for (const Element& inner : item.elements)
      if (!fits(inner, depth + 1)) return false;
  return true;
}

// Of a report's content only what modifies its title belongs into the directory (F.5.25).
Element title_modifiers(Element content) {
  std::erase_if(content.items, [](const dicom::Item& item) {
    return dicom::text_of(item.elements, {0x0040, 0xA010}) != "HAS CONCEPT MOD";
  });
  return content;
}

Element made(const Key& key, std::string_view text) {
  Element element;
  element.tag = key.tag;
  element.vr = key.vr;
  element.value = base::to_bytes(base::as_bytes(text));
  if (element.value.size() % 2 != 0) element.value.push_back(' ');
  return element;
}

// When a verified report was, by the latest of its verifying observers; nothing for others.
void append_verification(std::vector<Element>& keys, const Key& key, const dicom::File& file) {
  if (dicom::text_of(file.elements, {0x0040, 0xA493}) != "VERIFIED") return;
  std::string latest;
  const Element* observers = dicom::find(file.elements, {0x0040, 0xA073});
  if (observers != nullptr)
    for (const dicom::Item& observer : observers->items)
      latest = std::max(latest, dicom::text_of(observer.elements, kVerificationDateTime));
  keys.push_back(made(key, latest.empty() ? key.otherwise : latest));
}

void append_key(std::vector<Element>& keys, const Key& key, const dicom::File& file) {
  if (key.tag == kVerificationDateTime) return append_verification(keys, key, file);
  const Element* found = dicom::find(file.elements, key.tag);
  if (found != nullptr && key.tag == kContentSequence) {
    Element modifiers = found->shape == Element::Shape::Sequence ? title_modifiers(*found) : *found;
    if (!modifiers.items.empty() && fits(modifiers)) keys.push_back(std::move(modifiers));
    return;
  }
  const bool sequence = key.vr == VR("SQ");
  if (found == nullptr || !fits(*found) || sequence != (found->shape == Element::Shape::Sequence)) {
    if (key.otherwise != kOptional) keys.push_back(made(key, key.otherwise));
    return;
  }
  if (!sequence && dicom::trimmed_text(*found).empty()) {
    if (key.otherwise != kOptional) keys.push_back(made(key, key.otherwise));
    return;
  }
  keys.push_back(*found);
  keys.back().vr = key.vr;
}

std::vector<Element> copied(const dicom::File& file, std::span<const Key> wanted) {
  std::vector<Element> keys;
  keys.reserve(wanted.size() + 1);
  append_key(keys, {{0x0008, 0x0005}, "CS", kOptional}, file);
  for (const Key& key : wanted) append_key(keys, key, file);
  keys.shrink_to_fit();
  return keys;
}

bool has_pixels(const dicom::File& file) {
  return dicom::find(file.elements, {0x0028, 0x0010}) != nullptr;  // Rows
}

std::uint32_t frames_of(const dicom::File& file) {
  const std::string text = dicom::text_of(file.elements, {0x0028, 0x0008});
  std::uint32_t frames = 0;
  std::from_chars(text.data(), text.data() + text.size(), frames);
  return std::max(frames, 1u);
}

}  // namespace

std::string_view record_type_of(std::string_view sop_class_uid, bool pixels) {
  return type_of(sop_class_uid, pixels).name;
}

base::Result<Head> head_of(const dicom::File& file) {
  Head head;
  head.patient_id = dicom::text_of(file.elements, {0x0010, 0x0020});
  head.study_uid = dicom::text_of(file.elements, {0x0020, 0x000D});
  head.series_uid = dicom::text_of(file.elements, {0x0020, 0x000E});
  head.sop_instance_uid = dicom::text_of(file.elements, {0x0008, 0x0018});
  head.sop_class_uid = dicom::text_of(file.elements, {0x0008, 0x0016});
  head.transfer_syntax_uid = file.meta.transfer_syntax_uid;
  if (head.study_uid.empty() || head.series_uid.empty())
    return base::reject("pack.head", "no Study or Series Instance UID");
  if (head.sop_instance_uid.empty() || head.sop_class_uid.empty())
    return base::reject("pack.head", "no SOP Class or SOP Instance UID");
  const RecordType type = type_of(head.sop_class_uid, has_pixels(file));
  head.record_type = type.name;
  head.frames = frames_of(file);
  head.patient = copied(file, kPatient);
  head.study = copied(file, kStudy);
  head.series = copied(file, kSeries);
  head.instance = copied(file, type.keys);
  return head;
}

}  // namespace pack
