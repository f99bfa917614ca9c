#include "deidentify/content_item.h"

#include <algorithm>
#include <iterator>

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;
using tables::ConceptRow;
using What = ContentDecision::What;

constexpr Tag kConceptName{0x0040, 0xA043};
constexpr Tag kValueType{0x0040, 0xA040};
constexpr Tag kReferencedContentItem{0x0040, 0xDB73};
constexpr Tag kCodeValue{0x0008, 0x0100};
constexpr Tag kCodingScheme{0x0008, 0x0102};

struct ValueType {
  std::string_view word;
  Tag value;  // {0, 0}: says nothing by itself
  VR vr;
  Action dummy;  // in place of what it says
};
constexpr ValueType kValueTypes[] = {
    {"TEXT", {0x0040, 0xA160}, "UT", Action::Dummy},
    {"PNAME", {0x0040, 0xA123}, "PN", Action::Dummy},
    {"DATE", {0x0040, 0xA121}, "DA", Action::Dummy},
    {"TIME", {0x0040, 0xA122}, "TM", Action::Dummy},
    {"DATETIME", {0x0040, 0xA120}, "DT", Action::Dummy},
    {"UIDREF", {0x0040, 0xA124}, "UI", Action::MapUID},
    {"CODE", {0x0040, 0xA168}, "SQ", Action::Dummy},
    {"NUM", {0x0040, 0xA300}, "SQ", Action::Empty},
    {"IMAGE", {0x0008, 0x1199}, "SQ", Action::Keep},  // the UIDs in it are mapped
    {"COMPOSITE", {0x0008, 0x1199}, "SQ", Action::Keep},
    {"WAVEFORM", {0x0008, 0x1199}, "SQ", Action::Keep},
    {"CONTAINER", {}, "SQ", Action::Keep},
    {"SCOORD", {}, "SQ", Action::Keep},
    {"SCOORD3D", {}, "SQ", Action::Keep},
    {"TCOORD", {}, "SQ", Action::Keep}};

const ValueType* find_type(std::string_view word) {
  const auto* found = std::find_if(std::begin(kValueTypes), std::end(kValueTypes),
                                   [&](const ValueType& one) { return one.word == word; });
  return found == std::end(kValueTypes) ? nullptr : found;
}

const ConceptRow* find_row(const std::vector<Element>& item, std::string_view type) {
  const auto* name = dicom::find(item, kConceptName);
  if (!name || name->items.empty()) return nullptr;
  const auto& code = name->items.front().elements;
  return tables::find_concept(dicom::text_of(code, kCodingScheme), dicom::text_of(code, kCodeValue),
                              type);
}

ContentDecision by_rules() { return {What::ByRules, {}, {}}; }

ContentDecision said(const ValueType& type, Action action) {
  if (type.value == Tag{}) return by_rules();
  return {What::Said, type.value, {action, type.dummy, type.vr}};
}

ContentDecision cleaned(const ValueType& type) {
  return {What::Cleaned, type.value, {Action::Dummy, Action::Dummy, type.vr}};
}

ContentDecision unnamed(const ValueType& type) {
  return type.word == "TEXT" ? cleaned(type) : by_rules();
}

// C beats K, either beats the Basic Profile. A kept reference goes by the rules for UIDs.
ContentDecision named(const ConceptRow& row, const ValueType& type, const Rules& rules,
                      bool fixed) {
  if (rules.runs(row.cleans & tables::kModifiedDates)) return said(type, Action::Shift);
  if (rules.runs(row.cleans)) return cleaned(type);
  if (rules.runs(row.keeps)) return said(type, Action::Keep);
  if (row.basic == tables::Basic::X && !fixed) return {What::Removed, {}, {}};
  return said(type, type.dummy);
}

}  // namespace

ContentDecision decide_content(const std::vector<Element>& item, const Rules& rules, bool fixed) {
  const auto word = dicom::text_of(item, kValueType);
  if (word.empty()) return by_rules();  // points to another item, or says no type
  const auto* type = find_type(word);
  if (!type) return {What::Removed, {}, {}};
  const auto* row = find_row(item, word);
  return row ? named(*row, *type, rules, fixed) : unnamed(*type);
}

bool holds_content(Tag sequence) {
  return sequence == Tag{0x0040, 0xA730} || sequence == Tag{0x0040, 0x0555} ||
         sequence == Tag{0x0040, 0x0612};
}

bool has_references(const Element& sequence) {
  if (sequence.tag == kReferencedContentItem) return true;
  return std::any_of(sequence.items.begin(), sequence.items.end(), [](const dicom::Item& item) {
    return std::any_of(item.elements.begin(), item.elements.end(), has_references);
  });
}

bool is_local_code(const std::vector<Element>& code) {
  const auto scheme = dicom::text_of(code, kCodingScheme);
  return scheme.empty() || scheme == "L" || scheme.starts_with("99");
}

}  // namespace deidentify
