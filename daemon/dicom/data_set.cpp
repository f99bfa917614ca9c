#include "dicom/data_set.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "dicom/byte_order.h"
#include "dicom/vr.h"

namespace dicom {
namespace {

bool precedes(const Element& element, Tag tag) { return element.tag < tag; }

template <typename Elements>
auto* find_in(Elements& elements, Tag tag) {
  const auto found = std::lower_bound(elements.begin(), elements.end(), tag, precedes);
  return found != elements.end() && found->tag == tag ? &*found : nullptr;
}

bool is_padding(char c) { return c == ' ' || c == '\0'; }

std::optional<std::int64_t> parse_integer(std::string_view text) {
  text = text.substr(0, text.find('\\'));
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> to_integer(double value) {
  if (!(value > -9.0e15 && value < 9.0e15)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> first_number(const base::Bytes& value, VR vr, bool big_endian) {
  if (value.empty() || value.size() < word_size(vr)) return std::nullopt;
  const auto* at = value.data();
  if (vr == VR("US")) return read_u16(at, big_endian);
  if (vr == VR("SS")) return static_cast<std::int16_t>(read_u16(at, big_endian));
  if (vr == VR("UL")) return read_u32(at, big_endian);
  if (vr == VR("SL")) return static_cast<std::int32_t>(read_u32(at, big_endian));
  if (vr == VR("FL")) return to_integer(std::bit_cast<float>(read_u32(at, big_endian)));
  if (vr == VR("FD")) return to_integer(std::bit_cast<double>(read_u64(at, big_endian)));
  if (vr == VR("IS")) return parse_integer(base::as_text(value));
  return std::nullopt;
}

}  // namespace

const Element* find(const std::vector<Element>& elements, Tag tag) {
  return find_in(elements, tag);
}
Element* find(std::vector<Element>& elements, Tag tag) { return find_in(elements, tag); }

std::string trimmed_text(const Element& element) {
  std::string text(base::as_text(element.value));
  while (!text.empty() && is_padding(text.back())) text.pop_back();
  return text;
}

std::string text_of(const std::vector<Element>& elements, Tag tag) {
  const auto* element = find(elements, tag);
  return element && element->shape == Element::Shape::Value ? trimmed_text(*element) : "";
}

std::optional<std::int64_t> integer_of(const File& file, Tag tag) {
  const auto* element = find(file.elements, tag);
  if (!element || element->shape != Element::Shape::Value) return std::nullopt;
  return first_number(element->value, element->vr, file.syntax.big_endian);
}

}  // namespace dicom
