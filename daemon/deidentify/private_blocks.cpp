#include "deidentify/private_blocks.h"

#include <algorithm>

#include "deidentify/values.h"
#include "dicom/vr.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;
using tables::SafePrivateRow;

Tag creator_tag(Tag tag) { return {tag.group, static_cast<std::uint16_t>(tag.element >> 8)}; }

bool lies_in_block(Tag tag) { return tag.is_private() && tag.element >= 0x1000; }

// The table's own text for what stands there; empty: a maker that it does not name.
std::string_view declared_creator(const Element& element) {
  const bool text = element.vr == VR("LO") || element.vr == VR("UN");
  if (!text || element.shape != Element::Shape::Value) return {};
  const auto name = dicom::trimmed_text(element);
  for (const auto& row : tables::safe_private())
    if (row.group == element.tag.group && row.creator == name) return row.creator;
  return {};
}

bool has_values(std::size_t values, const SafePrivateRow& row) {
  return values >= row.fewest && (row.most == 0 || values <= row.most);
}

std::size_t count_of(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\\'));
}

std::size_t longest(VR vr) { return vr == VR("LO") || vr == VR("UI") ? 64 : 16; }

bool is_term(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '_' || c == '\\';
  });
}

bool is_number(std::string_view text) {
  return text.find_first_not_of("0123456789+-.eE \\") == std::string_view::npos;
}

bool is_string_of(VR vr, const Element& element, const SafePrivateRow& row) {
  const auto text = dicom::trimmed_text(element);
  if (!has_values(count_of(text), row)) return false;
  if (vr != VR("UI") && text.size() > longest(vr) * count_of(text)) return false;
  if (vr == VR("CS")) return is_term(text);
  if (vr == VR("DS") || vr == VR("IS")) return is_number(text);
  return vr == VR("LO") || vr == VR("SH") || vr == VR("UI");
}

bool is_binary_number(VR vr) {
  return vr == VR("US") || vr == VR("SS") || vr == VR("UL") || vr == VR("SL") || vr == VR("FL") ||
         vr == VR("FD");
}

// Prose and bytes that nobody can look into are not known to be safe, whatever the table says.
bool has_form(VR vr, const Element& element, const SafePrivateRow& row) {
  if (vr == VR("SQ")) return element.shape == Element::Shape::Sequence;
  if (element.shape != Element::Shape::Value) return false;
  if (!is_binary_number(vr)) return is_string_of(vr, element, row);
  const auto size = dicom::word_size(vr);
  return element.value.size() % size == 0 && has_values(element.value.size() / size, row);
}

// A creator with something in its block, or an element with its creator.
bool is_wanted(const std::vector<Element>& elements, Tag tag) {
  const bool creator = tag.is_private_creator();
  const Tag first =
      creator ? Tag{tag.group, static_cast<std::uint16_t>(tag.element << 8)} : creator_tag(tag);
  const auto found =
      std::lower_bound(elements.begin(), elements.end(), first,
                       [](const Element& one, Tag value) { return one.tag < value; });
  if (found == elements.end()) return false;
  return creator ? creator_tag(found->tag) == tag : found->tag == first;
}

}  // namespace

PrivateBlocks::PrivateBlocks(const std::vector<Element>& elements) {
  for (const auto& element : elements) {
    if (!element.tag.is_private_creator()) continue;
    const auto name = declared_creator(element);
    if (!name.empty()) blocks_.push_back({element.tag, name});
  }
}

const PrivateBlocks::Block* PrivateBlocks::find_block(Tag creator) const {
  const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                  [&](const Block& block) { return block.creator == creator; });
  return found == blocks_.end() ? nullptr : &*found;
}

const SafePrivateRow* PrivateBlocks::find_safe(Tag tag) const {
  if (!lies_in_block(tag)) return nullptr;
  const auto* block = find_block(creator_tag(tag));
  const auto low_byte = static_cast<std::uint8_t>(tag.element & 0xFF);
  return block ? tables::find_safe_private(tag.group, block->name, low_byte) : nullptr;
}

std::optional<Element> PrivateBlocks::creator_of(Tag creator) const {
  const auto* block = find_block(creator);
  return block ? std::optional(text_element(creator, VR("LO"), block->name)) : std::nullopt;
}

std::optional<Element> with_declared_form(const Element& element, const SafePrivateRow& row,
                                          bool big_endian) {
  if (row.vr.empty()) return std::nullopt;
  VR vr;
  std::copy_n(row.vr.begin(), 2, vr.letters);
  const bool unknown = element.vr == VR("UN");
  if (!unknown && element.vr != vr) return std::nullopt;
  // Which order the bytes of an unknown VR have is not known either.
  if (unknown && big_endian && is_binary_number(vr)) return std::nullopt;
  if (!has_form(vr, element, row)) return std::nullopt;
  auto kept = element;
  kept.vr = vr;
  return kept;
}

void drop_broken_blocks(std::vector<Element>& elements) {
  for (auto& element : elements)
    for (auto& item : element.items) drop_broken_blocks(item.elements);
  const auto is_private = [](const Element& one) { return one.tag.is_private(); };
  if (std::none_of(elements.begin(), elements.end(), is_private)) return;
  std::vector<Tag> broken;
  for (const auto& element : elements)
    if (element.tag.is_private() && !is_wanted(elements, element.tag))
      broken.push_back(element.tag);
  std::erase_if(elements, [&](const Element& element) {
    return std::binary_search(broken.begin(), broken.end(), element.tag);
  });
}

}  // namespace deidentify
