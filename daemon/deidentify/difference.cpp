#include "deidentify/difference.h"

#include <algorithm>

#include "dicom/charset.h"
#include "dicom/vr.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;
using Elements = std::vector<Element>;
using Terms = std::vector<std::string>;

constexpr std::size_t kShown = 120;  // bytes of a value

std::uint64_t length_of(const Element& element) {
  std::uint64_t length = element.value.size();
  for (const auto& extent : element.extents) length += extent.length;
  return length;
}

bool is_same(const Element& a, const Element& b) {
  const auto equal = [](const dicom::Extent& one, const dicom::Extent& other) {
    return one.offset == other.offset && one.length == other.length;
  };
  return a.shape == b.shape && a.value == b.value &&
         std::equal(a.extents.begin(), a.extents.end(), b.extents.begin(), b.extents.end(), equal);
}

bool is_empty(const Element& element) {
  return element.items.empty() &&
         (length_of(element) == 0 ||
          (element.shape == Element::Shape::Value && dicom::trimmed_text(element).empty()));
}

Terms terms_of(const Elements& elements, const Terms& inherited) {
  const auto* element = dicom::find(elements, {0x0008, 0x0005});
  return element == nullptr ? inherited : dicom::character_set_terms(base::as_text(element->value));
}

std::string cut(std::string text) {
  if (text.size() <= kShown) return text;
  std::size_t end = kShown;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string numbers(const Element& element, std::size_t width, bool big_endian) {
  std::string text;
  for (std::size_t at = 0; at + width <= element.value.size() && text.size() < kShown;
       at += width) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8 | element.value[at + (big_endian ? i : width - 1 - i)];
    text += (text.empty() ? "" : "\\") + std::to_string(value);
  }
  return text;
}

struct Side {
  const dicom::File* file;
  Terms terms;
  bool show;
};

std::string shown(const Element& element, const Side& side) {
  if (element.shape == Element::Shape::Value) {
    const auto text = dicom::trimmed_text(element);
    if (dicom::is_text(element.vr))
      return cut(dicom::to_utf8(text, side.terms).value_or(dicom::latin1_to_utf8(text)));
    if (dicom::is_ascii(element.vr)) return cut(dicom::latin1_to_utf8(text));
    if (element.vr == VR("US")) return numbers(element, 2, side.file->syntax.big_endian);
    if (element.vr == VR("UL")) return numbers(element, 4, side.file->syntax.big_endian);
  }
  return std::to_string(length_of(element)) + " bytes";
}

std::string told(const Element* element, const Side& side) {
  if (element == nullptr) return "-";
  if (element->shape == Element::Shape::Sequence)
    return std::to_string(element->items.size()) +
           (element->items.size() == 1 ? " item" : " items");
  if (length_of(*element) == 0) return "empty";
  return side.show ? shown(*element, side) : "••• (" + std::to_string(length_of(*element)) + ")";
}

const char* action_of(const Element& before, const Element& after, const Trace::Note* note) {
  if (after.shape == Element::Shape::Sequence) return "items";
  if (is_same(before, after)) return "kept";
  if (is_empty(after)) return "emptied";
  if (note == nullptr) return "replaced";
  switch (note->decision.action) {
    case Action::MapUID:
      return "mapped";
    case Action::Shift:
      return "shifted";
    case Action::Clean:
      return "cleaned";
    case Action::Pseudonym:
      return "pseudonym";
    default:
      return "replaced";
  }
}

class Comparison {
 public:
  Comparison(Side before, Side after, const Trace& trace)
      : before_(std::move(before)), after_(std::move(after)), trace_(&trace) {}

  // Both are ascending: one walk through the two, an item's elements below its sequence.
  void compare(const Elements& before, const Elements& after, const std::string& item,
               std::size_t depth) {
    auto a = before.begin();
    auto b = after.begin();
    while (a != before.end() || b != after.end()) {
      const bool first = b == after.end() || (a != before.end() && a->tag <= b->tag);
      const bool second = a == before.end() || (b != after.end() && b->tag <= a->tag);
      tell(first ? &*a : nullptr, second ? &*b : nullptr, item, depth);
      if (first) ++a;
      if (second) ++b;
    }
  }
  std::vector<Change> take() { return std::move(changes_); }

 private:
  void tell(const Element* before, const Element* after, const std::string& item,
            std::size_t depth) {
    const auto& element = before != nullptr ? *before : *after;
    Change change;
    change.depth = depth;
    change.place = place_of(item, element.tag);
    const auto* entry = dicom::find_entry(element.tag);
    if (entry != nullptr && !element.tag.is_private()) change.keyword = entry->keyword;
    change.vr = element.vr.str();
    const auto* note = trace_->find(change.place);
    change.action = before == nullptr  ? "added"
                    : after == nullptr ? "removed"
                                       : action_of(*before, *after, note);
    change.reason = reason(element.tag, change.action, note);
    change.before = told(before, before_);
    change.after = change.action == "kept" ? "=" : told(after, after_);
    const auto place = change.place;
    changes_.push_back(std::move(change));
    if (after != nullptr)
      descend(before, *after, place, depth);  // what is removed is removed whole
  }

  void descend(const Element* before, const Element& after, const std::string& place,
               std::size_t depth) {
    static const Elements kNone;
    const auto items = before == nullptr ? 0 : before->items.size();
    std::size_t made = 0;  // of the items after it
    for (std::size_t i = 0; i < items || made < after.items.size(); ++i) {
      const bool gone = i < items && trace_->is_left_out(item_of(place, i + 1));
      const auto& a = i < items ? before->items[i].elements : kNone;
      const auto& b = gone || made >= after.items.size() ? kNone : after.items[made++].elements;
      const auto outside = std::pair(before_.terms, after_.terms);
      before_.terms = terms_of(a, before_.terms);
      after_.terms = terms_of(b, after_.terms);
      compare(a, b, item_of(place, i + 1), depth + 1);
      std::tie(before_.terms, after_.terms) = outside;
    }
  }

  // What the walk meant to leave and is not there, or is another, somebody took later.
  static std::string reason(Tag tag, const std::string& action, const Trace::Note* note) {
    if (note == nullptr)
      return action == "added" ? "mark of the de-identification" : "decided before the walk";
    const auto ground = ground_of(tag, note->decision);
    const bool kept = note->decision.action == Action::Keep;
    if (action == "removed" && note->made) return ground + "; residual scan";
    if (kept && action == "removed") return ground + "; not in the form of its VR";
    if (kept && action == "replaced") return ground + "; changed on the way";
    return ground;
  }

  Side before_, after_;
  const Trace* trace_;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> difference(const dicom::File& original, const dicom::File& made,
                               const Trace& trace, bool show_values) {
  Comparison comparison({&original, terms_of(original.elements, {}), show_values},
                        {&made, terms_of(made.elements, {}), show_values}, trace);
  comparison.compare(original.elements, made.elements, "", 0);
  return comparison.take();
}

}  // namespace deidentify
