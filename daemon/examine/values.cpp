#include "examine/values.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <set>

#include "dicom/byte_order.h"
#include "dicom/charset.h"
#include "dicom/vr.h"

namespace examine {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;
using Terms = std::vector<std::string>;

constexpr Tag kSpecificCharacterSet{0x0008, 0x0005};

std::string trimmed(std::string_view text, bool leading) {
  constexpr std::string_view kPadding(" \0", 2);
  const auto last = text.find_last_not_of(kPadding);
  if (last == std::string_view::npos) return "";
  const auto first = leading ? text.find_first_not_of(' ') : 0;
  return std::string(text.substr(first, last + 1 - first));
}

Terms split(std::string_view text, bool leading) {
  Terms parts;
  while (true) {
    const auto end = text.find('\\');
    parts.push_back(trimmed(text.substr(0, end), leading));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <typename Number>
std::string decimal(Number number) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  return {text, end};
}

std::string hex_word(std::uint16_t word) {
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(word >> 8),
                                static_cast<std::uint8_t>(word)};
  auto text = base::to_hex(bytes);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' ? c - 'a' + 'A' : c; });
  return text;
}

// One number at `at`; nullopt: not a VR of numbers.
std::optional<std::string> number(VR vr, const std::uint8_t* at, bool big) {
  using namespace dicom;
  if (vr == VR("US")) return decimal(read_u16(at, big));
  if (vr == VR("SS")) return decimal(static_cast<std::int16_t>(read_u16(at, big)));
  if (vr == VR("UL")) return decimal(read_u32(at, big));
  if (vr == VR("SL")) return decimal(static_cast<std::int32_t>(read_u32(at, big)));
  if (vr == VR("UV")) return decimal(read_u64(at, big));
  if (vr == VR("SV")) return decimal(static_cast<std::int64_t>(read_u64(at, big)));
  if (vr == VR("FL")) return decimal(std::bit_cast<float>(read_u32(at, big)));
  if (vr == VR("FD")) return decimal(std::bit_cast<double>(read_u64(at, big)));
  if (vr == VR("AT")) return hex_word(read_u16(at, big)) + hex_word(read_u16(at + 2, big));
  return std::nullopt;
}

class Collector {
 public:
  Collector(bool big_endian, bool nested) : big_endian_(big_endian), nested_(nested) {}

  // Follows the rest of a path into the items, as deep as the path is long.
  void follow(const std::vector<Element>& elements, std::span<const Tag> path,
              const Terms& inherited) {
    const auto* named = dicom::find(elements, kSpecificCharacterSet);
    const Terms own = named ? dicom::character_set_terms(base::as_text(named->value)) : Terms{};
    const Terms& terms = named ? own : inherited;
    const auto* element = dicom::find(elements, path.front());
    if (!element || full_) return;
    if (path.size() == 1) return take(*element, terms);
    for (const auto& item : element->items) follow(item.elements, path.subspan(1), terms);
  }
  Values finish() {
    if (full_) values_ = {true, false, {}};
    return std::move(values_);
  }

 private:
  void take(const Element& element, const Terms& terms);
  void take_text(const Element& element, VR vr, const Terms& terms);
  void take_numbers(const Element& element, VR vr, bool big_endian);
  void keep(std::string text);

  bool big_endian_, nested_, full_ = false;
  std::size_t bytes_ = 0;
  Values values_;
  std::set<std::string> seen_;
};

void Collector::keep(std::string text) {
  if (nested_ && !seen_.insert(text).second) return;
  bytes_ += text.size();
  if (values_.texts.size() >= kMostValues || bytes_ > kMostBytes)
    full_ = true;
  else
    values_.texts.push_back(std::move(text));
}

void Collector::take(const Element& element, const Terms& terms) {
  values_.present = true;
  const bool unknown = element.vr == VR("UN") && !element.tag.is_private();
  const auto* entry = unknown ? dicom::find_entry(element.tag) : nullptr;
  const VR vr = entry ? entry->vr : element.vr;
  if (dicom::is_text(vr) || dicom::is_ascii(vr)) return take_text(element, vr, terms);
  // UN is little endian whatever the file is (PS3.5 section 6.2.2).
  take_numbers(element, vr, big_endian_ && element.vr != VR("UN"));
}

void Collector::take_text(const Element& element, VR vr, const Terms& terms) {
  // Nobody has a text of more than 64 KB in mind when he writes a condition.
  if (element.shape != Element::Shape::Value) {
    values_.decodable = false;
    return;
  }
  if (element.value.empty()) return;
  const auto text =
      dicom::to_utf8(base::as_text(element.value), dicom::is_text(vr) ? terms : Terms{});
  if (!text) {
    values_.decodable = false;
    return;
  }
  if (!dicom::is_multi_valued(vr)) return keep(trimmed(*text, false));
  auto parts = split(*text, true);
  if (parts.size() == 1 && parts[0].empty()) return;
  for (auto& part : parts) keep(std::move(part));
}

void Collector::take_numbers(const Element& element, VR vr, bool big_endian) {
  if (element.shape != Element::Shape::Value) return;
  const std::size_t width = vr == VR("AT") ? 4 : dicom::word_size(vr);
  for (std::size_t at = 0; at + width <= element.value.size() && !full_; at += width) {
    auto text = number(vr, element.value.data() + at, big_endian);
    if (!text) return;
    keep(std::move(*text));
  }
}

std::vector<Tag> tags_of(std::string_view path) {
  std::vector<Tag> tags;
  while (true) {
    const auto end = path.find('>');
    const auto tag = dicom::parse_tag(path.substr(0, end));
    if (!tag) return {};
    tags.push_back(*tag);
    if (end == std::string_view::npos) return tags;
    path.remove_prefix(end + 1);
  }
}

}  // namespace

Values values_at(const dicom::File& file, std::string_view path) {
  const auto tags = tags_of(path);
  if (tags.empty()) return {};
  Collector collector(file.syntax.big_endian, tags.size() > 1);
  collector.follow(file.elements, tags, {});
  return collector.finish();
}

}  // namespace examine
