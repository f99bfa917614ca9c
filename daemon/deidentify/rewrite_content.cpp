// The part of the walk that is in the content tree of a structured report.
#include <algorithm>

#include "deidentify/rewrite.h"
#include "deidentify/values.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

constexpr Tag kContentSequence{0x0040, 0xA730};
constexpr Tag kConceptName{0x0040, 0xA043};
constexpr Tag kCodeMeaning{0x0008, 0x0104};

}  // namespace

bool Rewriter::is_content(const Element& element) const {
  return rules_->runs(tables::kStructuredContent) && holds_content(element.tag) &&
         element.shape == Element::Shape::Sequence;
}

// Codes of the content, the title of the document among them.
bool Rewriter::is_meaning_of_local_code(const Element& element,
                                        const std::vector<Element>& code) const {
  if (element.tag != kCodeMeaning || !rules_->runs(tables::kStructuredContent)) return false;
  const bool of_content = std::any_of(path_.begin(), path_.end(), [](Tag tag) {
    return holds_content(tag) || tag == kConceptName;
  });
  return of_content && is_local_code(code);
}

std::optional<Element> Rewriter::clean_content(const Element& sequence) {
  content_cleaned_ = true;
  const bool inner = std::any_of(path_.begin(), path_.end(), holds_content);
  if (!inner) fixed_content_ = has_references(sequence);
  auto result = empty_element(sequence.tag, VR("SQ"));
  if (!enter(sequence.tag)) return result;
  for (const auto& item : sequence.items) {
    begin_item();
    const auto decision = decide_content(item.elements, *rules_, fixed_content_);
    if (decision.what != ContentDecision::What::Removed) {
      result.items.push_back({rewrite(item.elements, &decision)});
      continue;
    }
    ++counts_["content_removed"];
    if (trace_ != nullptr) trace_->left_out();
  }
  leave();
  // Without items it would be a tree that ends in nothing; the other two may be empty.
  if (result.items.empty() && sequence.tag == kContentSequence) return std::nullopt;
  return result;
}

std::optional<Element> Rewriter::say(const ContentDecision& content, const Element& element) {
  if (content.what == ContentDecision::What::Cleaned)
    return clean_or_dummy(element, content.decision.vr);
  return apply(content.decision.action, content.decision, element);
}

std::optional<Element> Rewriter::clean_or_dummy(const Element& element, VR vr) {
  const auto said = clean_words(element);
  if (!said || said->empty()) return dummy({Action::Dummy, Action::Dummy, vr}, element);
  ++counts_["text_cleaned"];
  return text_element(element.tag, vr, *said);
}

}  // namespace deidentify
