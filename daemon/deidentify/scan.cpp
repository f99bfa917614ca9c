#include "deidentify/scan.h"

#include <algorithm>

#include "deidentify/decide.h"
#include "deidentify/values.h"
#include "dicom/charset.h"
#include "dicom/vr.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

constexpr std::size_t kPiece = 256 * 1024;

std::vector<std::string> values_of(std::string_view text) {
  std::vector<std::string> values;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\\', at), text.size());
    values.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return values;
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c != '\x1B' && (c & 0x80) == 0; });
}

bool is_mark(Tag tag) { return tag.group == 0x0012 && tag.element >= 0x62 && tag.element <= 0x64; }

// What the engine writes itself: a hospital's numbers may look like a pseudonym.
bool is_ours(Tag tag) {
  return is_mark(tag) || tag == Tag{0x0010, 0x0010} || tag == Tag{0x0010, 0x0020};
}

bool is_optional_text(const Element& element) {
  const auto vr = element.vr;
  return dicom::is_text(vr) && vr != VR("PN") && element.tag != Tag{0x0010, 0x0020} &&
         !is_mark(element.tag);
}

}  // namespace

base::Result<std::optional<std::string>> Scan::run(std::vector<Element>& elements, bool mend) {
  mends_ = mend;
  return items(elements, {}, false);
}

base::Result<Scan::Reason> Scan::items(std::vector<Element>& elements,
                                       const CharacterSet& inherited, bool nested) {
  std::vector<Tag> gone;
  CharacterSet own;
  const CharacterSet* set = &inherited;
  for (auto& element : elements) {
    if (element.tag == Tag{0x0008, 0x0005}) {
      own = values_of(dicom::trimmed_text(element));
      set = &own;
    }
    for (auto& item : element.items) {
      auto reason = TRY(items(item.elements, *set, true));
      if (reason) return reason;
    }
    const auto finding = TRY(look(element, *set));
    if (finding == Finding::Clean) continue;
    if (finding == Finding::Undecodable)
      return Reason("text that cannot be decoded in " + dicom::to_string(element.tag));
    if (finding == Finding::NoNumbers)
      return Reason("other than numbers in " + dicom::to_string(element.tag));
    if (!mends_ || !is_optional_text(element))
      return Reason("the residual scan found an identifier in " + dicom::to_string(element.tag));
    if (mend(element, nested)) gone.push_back(element.tag);
  }
  std::erase_if(elements, [&](const Element& element) {
    return std::find(gone.begin(), gone.end(), element.tag) != gone.end();
  });
  return Reason();
}

// True when the element is to go.
bool Scan::mend(Element& element, bool nested) {
  ++mended_;
  if (!nested || element.tag.is_private()) return true;
  element = dummy_element(element, element.vr, {});
  return false;
}

base::Result<Scan::Finding> Scan::look(const Element& element, const CharacterSet& set) const {
  if (is_pixel_data(element.tag) || element.shape == Element::Shape::Sequence ||
      element.shape == Element::Shape::Encapsulated)
    return Finding::Clean;
  if (element.shape == Element::Shape::Extent) return look_extent(element);
  if (dicom::is_text(element.vr)) return look_text(element, set);
  return searcher_->find(element.value) ? Finding::Hit : Finding::Clean;
}

Scan::Finding Scan::look_text(const Element& element, const CharacterSet& set) const {
  const auto raw = dicom::trimmed_text(element);
  if (searcher_->find(element.value)) return Finding::Hit;
  auto utf8 = is_plain(raw) ? std::optional(raw) : dicom::to_utf8(raw, set);
  if (!utf8) return Finding::Undecodable;
  if (searcher_->find_text(*utf8)) return Finding::Hit;
  if (patterns_ != nullptr && !is_ours(element.tag) && patterns_->found_in(*utf8))
    return Finding::Hit;
  const auto values = values_of(*utf8);
  const auto hit = [&](const std::string& value) { return searcher_->is_whole_value(value); };
  return std::any_of(values.begin(), values.end(), hit) ? Finding::Hit : Finding::Clean;
}

base::Result<Scan::Finding> Scan::look_extent(const Element& element) const {
  const auto& extent = element.extents.front();
  identity::Searcher::Pass pass(*searcher_, is_kept_binary(element.tag));
  base::Bytes piece;
  for (std::uint64_t at = 0; at < extent.length; at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(kPiece, extent.length - at));
    TRY(source_->read(extent.offset + at, piece));
    if (pass.feed(piece)) return Finding::Hit;
    if (is_number_text(element.vr) && !is_of_numbers(base::as_text(piece)))
      return Finding::NoNumbers;
  }
  return pass.finish() ? Finding::Hit : Finding::Clean;
}

}  // namespace deidentify
