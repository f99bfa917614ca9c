#include "deidentify/rewrite.h"

#include "deidentify/clean_element.h"
#include "deidentify/dates.h"
#include "deidentify/values.h"
#include "dicom/charset.h"
#include "dicom/vr.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

constexpr std::size_t kDeepest = 64;
constexpr Tag kSpecificCharacterSet{0x0008, 0x0005};
constexpr Tag kPatientAge{0x0010, 0x1010};

bool is_word(VR vr) { return vr == VR("US") || vr == VR("SS") || vr == VR("OW") || vr == VR("OB"); }
bool is_prose(VR vr) { return dicom::is_text(vr) && vr != VR("PN"); }

// What a file may say of an attribute of that VR; anything else is a disguise or damage.
bool fits(VR found, VR wanted) {
  if (found == wanted) return true;
  return (is_word(found) && is_word(wanted)) || (is_number_text(found) && is_number_text(wanted)) ||
         (is_prose(found) && is_prose(wanted));
}

bool fits_shape(const Element& element, VR wanted) {
  switch (element.shape) {
    case Element::Shape::Sequence:
      return wanted == VR("SQ");
    case Element::Shape::Encapsulated:
      return element.tag == Tag{0x7FE0, 0x0010};
    case Element::Shape::Extent:  // large text is never kept
      return wanted != VR("SQ") && !dicom::is_text(wanted) &&
             (!dicom::is_ascii(wanted) || is_number_text(wanted));
    case Element::Shape::Value:
      break;
  }
  return wanted != VR("SQ");
}

// Numbers are numbers: what else is written there may be a note about somebody.
bool fits_characters(const Element& element, VR wanted) {
  if (element.shape != Element::Shape::Value || !is_number_text(wanted)) return true;
  return is_of_numbers(base::as_text(element.value));
}

bool is_temporal(VR vr) { return vr == VR("DA") || vr == VR("DT") || vr == VR("TM"); }

// "093Y" is 090Y: the oldest are too few to be told apart by a year.
std::optional<std::string> capped_age(const std::string& age) {
  if (age.size() != 4 || age.find_first_not_of("0123456789") != 3) return std::nullopt;
  if (std::string("DWMY").find(age[3]) == std::string::npos) return std::nullopt;
  return age[3] == 'Y' && age > "089Y" ? "090Y" : age;
}

}  // namespace

std::vector<Element> Rewriter::rewrite(const std::vector<Element>& elements) {
  return rewrite(elements, nullptr);
}

std::vector<Element> Rewriter::rewrite(const std::vector<Element>& elements,
                                       const ContentDecision* content) {
  std::vector<Element> result;
  result.reserve(elements.size());
  const bool retains_private = rules_->runs(tables::kSafePrivate);
  const auto blocks = retains_private ? PrivateBlocks(elements) : PrivateBlocks({});
  for (const auto& element : elements) {
    if (element.tag == kSpecificCharacterSet && element.shape == Element::Shape::Value)
      character_set_ = dicom::character_set_terms(base::as_text(element.value));
    const bool retained = retains_private && element.tag.is_private();
    auto made = retained ? retain_private(blocks, element) : make(element, elements, content);
    if (trace_ != nullptr)
      trace_->decided(element.tag, ground_of(element, elements, content), made.has_value());
    if (made) result.push_back(std::move(*made));
  }
  return result;
}

std::optional<Element> Rewriter::make(const Element& element, const std::vector<Element>& siblings,
                                      const ContentDecision* content) {
  if (is_content(element)) return clean_content(element);
  if (is_graphics(element)) return clean_graphics(element);
  if (content && content->value != Tag{} && element.tag == content->value)
    return say(*content, element);
  if (is_meaning_of_local_code(element, siblings)) return clean_or_dummy(element, VR("LO"));
  const auto decision = rules_->decide(element.tag, path_);
  return apply(decision.action, decision, element);
}

std::optional<Element> Rewriter::apply(Action action, const Decision& decision,
                                       const Element& element) {
  switch (action) {
    case Action::Keep:
      return keep(decision, element);
    case Action::Remove:
      return remove(element);
    case Action::Empty:
      ++counts_["emptied"];
      return empty_element(element.tag, decision.vr);
    case Action::Dummy:
      return dummy(decision, element);
    case Action::MapUID:
      if (element.shape != Element::Shape::Value) return remove(element);
      ++counts_["uids_mapped"];
      return mapped_element(element, map_->uid_key, counts_["anomalies"]);
    case Action::Shift:
      return shift(decision, element);
    case Action::Pseudonym:
      ++counts_["replaced"];
      return text_element(element.tag, decision.vr, map_->pseudonym);
    case Action::Clean:
      return clean(decision, element);
    case Action::Replace:
      ++counts_["replaced"];
      return text_element(element.tag, decision.vr, decision.value);
    case Action::Soften:
      return path_.empty() ? remove(element) : dummy(decision, element);
  }
  return remove(element);
}

// Text over 64 KiB, or in another VR than a text's, is not read.
std::optional<Element> Rewriter::clean(const Decision& decision, const Element& element) {
  if (element.shape != Element::Shape::Value || !fits(element.vr, decision.vr))
    return apply(decision.otherwise, decision, element);
  if (dicom::trimmed_text(element).empty()) return empty_element(element.tag, element.vr);
  auto cleaned = clean_element(*cleaner_, element, character_set_);
  if (cleaned.undecodable && !undecodable_) undecodable_ = element.tag;
  ++counts_["text_cleaned"];
  counts_["homonyms"] += cleaned.homonyms;
  if (!cleaned.element) return apply(decision.otherwise, decision, element);
  return std::move(*cleaned.element);
}

std::optional<Element> Rewriter::dummy(const Decision& decision, const Element& element) {
  ++counts_["replaced"];
  return dummy_element(element, decision.vr, map_->uid_key);
}

std::optional<Element> Rewriter::remove(const Element& element) {
  ++counts_[element.tag.is_private() ? "private_removed" : "removed"];
  if (element.tag == Tag{0xFFFA, 0xFFFA} || element.tag == Tag{0x4FFE, 0x0001})
    ++counts_["signatures_invalidated"];
  return std::nullopt;
}

std::optional<Element> Rewriter::keep(const Decision& decision, const Element& element) {
  if (!fits(element.vr, decision.vr) || !fits_shape(element, decision.vr) ||
      !fits_characters(element, decision.vr)) {
    // An image without its pixels, or with others than it says, must not look like one.
    lost_image_ |= is_pixel_data(element.tag) || element.tag.group == 0x0028;
    return remove(element);
  }
  if (element.shape == Element::Shape::Sequence) return recurse(element);
  if (element.tag.group == 0x7FE0 && !path_.empty()) return remove(element);
  if (element.tag == kPatientAge) {
    const auto age = capped_age(dicom::trimmed_text(element));
    return age ? std::optional(text_element(element.tag, element.vr, *age)) : remove(element);
  }
  if (is_temporal(decision.vr) && !is_well_formed_date(base::as_text(element.value), decision.vr)) {
    ++counts_["anomalies"];
    return apply(decision.otherwise, decision, element);
  }
  // Nor does a UID say anything in words.
  if (decision.vr == VR("UI") && !is_of_uids(base::as_text(element.value)))
    return apply(Action::MapUID, decision, element);
  ++counts_["kept"];
  return element;
}

std::optional<Element> Rewriter::shift(const Decision& decision, const Element& element) {
  if (element.shape != Element::Shape::Value) return remove(element);
  const auto moved = shift_dates(base::as_text(element.value), decision.vr, map_->shift_days);
  if (!moved) {
    ++counts_["anomalies"];
    return apply(decision.otherwise, decision, element);
  }
  ++counts_["dates_shifted"];
  return text_element(element.tag, decision.vr, *moved);
}

// A creator stays for now: drop_broken_blocks takes those away that reserve nothing.
std::optional<Element> Rewriter::retain_private(const PrivateBlocks& blocks,
                                                const Element& element) {
  if (element.tag.is_private_creator()) {
    auto creator = blocks.creator_of(element.tag);
    return creator ? creator : remove(element);
  }
  const auto* row = blocks.find_safe(element.tag);
  const auto kept = row ? with_declared_form(element, *row, big_endian_) : std::nullopt;
  if (!kept) return remove(element);
  ++counts_["private_kept"];
  if (kept->shape == Element::Shape::Sequence) return recurse(*kept);
  if (kept->vr == VR("UI")) return mapped_element(*kept, map_->uid_key, counts_["anomalies"]);
  return kept;
}

Element Rewriter::recurse(const Element& sequence) {
  Element result;
  result.tag = sequence.tag;
  result.vr = sequence.vr;
  result.shape = Element::Shape::Sequence;
  if (!enter(sequence.tag)) return result;
  for (const auto& item : sequence.items) {
    begin_item();
    result.items.push_back({rewrite(item.elements)});
  }
  leave();
  return result;
}

bool Rewriter::enter(Tag sequence) {
  if (path_.size() >= kDeepest) {
    too_deep_ = true;
    return false;
  }
  path_.push_back(sequence);
  inherited_sets_.push_back(character_set_);
  if (trace_ != nullptr) trace_->enter(sequence);
  return true;
}

// An item has its sequence's character set unless it says another.
void Rewriter::begin_item() {
  character_set_ = inherited_sets_.back();
  if (trace_ != nullptr) trace_->next_item();
}

void Rewriter::leave() {
  if (trace_ != nullptr) trace_->leave();
  character_set_ = std::move(inherited_sets_.back());
  inherited_sets_.pop_back();
  path_.pop_back();
}

// Of what is drawn or reported, where nobody knows beforehand what is said; nullopt: nothing.
std::optional<std::string> Rewriter::clean_words(const Element& element) {
  if (!rules_->runs(tables::kDescriptors) || element.shape != Element::Shape::Value)
    return std::nullopt;
  auto cleaned = clean_element(*cleaner_, element, character_set_);
  if (cleaned.undecodable && !undecodable_) undecodable_ = element.tag;
  counts_["homonyms"] += cleaned.homonyms;
  if (!cleaned.element) return std::nullopt;
  return std::string(base::as_text(cleaned.element->value));
}

// For the trace alone: the decision as it was made.
Decision Rewriter::ground_of(const Element& element, const std::vector<Element>& siblings,
                             const ContentDecision* content) const {
  auto decision = rules_->decide(element.tag, path_);
  if (element.tag.is_private() && rules_->runs(tables::kSafePrivate)) {
    decision.action = Action::Keep;
    decision.ground = Ground::SafePrivate;
  } else if (content && content->value != Tag{} && element.tag == content->value) {
    decision = content->decision;
    decision.ground = Ground::Concept;
  } else if (is_content(element) || is_meaning_of_local_code(element, siblings)) {
    decision.ground = Ground::Concept;
  }
  return decision;
}

}  // namespace deidentify
