#include "deidentify/tables.h"

#include <algorithm>
#include <tuple>

namespace deidentify::tables {
namespace {

std::uint32_t number(dicom::Tag tag) {
  return static_cast<std::uint32_t>(tag.group) << 16 | tag.element;
}

template <typename Rows>
auto find_tag(const Rows& rows, dicom::Tag tag) -> decltype(rows.data()) {
  const auto wanted = number(tag);
  const auto found = std::lower_bound(rows.begin(), rows.end(), wanted,
                                      [](const auto& row, auto value) { return row.tag < value; });
  return found != rows.end() && found->tag == wanted ? &*found : nullptr;
}

bool begins_so(std::string_view uid, std::string_view pattern) {
  return pattern.ends_with(".*") && uid.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

const ProfileRow* find_profile(dicom::Tag tag) { return find_tag(profile(), tag); }

std::optional<Policy> find_supplement(dicom::Tag tag) {
  const auto* row = find_tag(supplement(), tag);
  return row ? std::optional(row->policy) : std::nullopt;
}

const AllowedWord* find_allowed(std::string_view folded) {
  const auto words = allowed_words();
  const auto found =
      std::lower_bound(words.begin(), words.end(), folded,
                       [](const auto& word, auto wanted) { return word.text < wanted; });
  return found != words.end() && found->text == folded ? &*found : nullptr;
}

bool is_registered(std::string_view uid) {
  const auto uids = registered_uids();
  return std::binary_search(uids.begin(), uids.end(), uid);
}

std::optional<std::uint16_t> find_typed(std::string_view sop_class_uid) {
  const auto uids = typed_sop_classes();
  const auto found = std::lower_bound(uids.begin(), uids.end(), sop_class_uid);
  if (found == uids.end() || *found != sop_class_uid) return std::nullopt;
  return static_cast<std::uint16_t>(found - uids.begin());
}

std::optional<char> find_compound(std::uint16_t sop_class, std::string_view path) {
  const auto rows = compounds();
  const auto key = std::make_tuple(sop_class, path);
  const auto found = std::lower_bound(rows.begin(), rows.end(), key,
                                      [](const CompoundRow& row, const auto& value) {
                                        return std::make_tuple(row.sop_class, row.path) < value;
                                      });
  if (found == rows.end() || found->sop_class != sop_class || found->path != path)
    return std::nullopt;
  return found->action;
}

std::optional<char> find_required(std::uint16_t sop_class, dicom::Tag tag, bool nested) {
  for (const auto& row : required())
    if (row.sop_class == sop_class && row.tag == number(tag) && row.nested == nested)
      return row.action;
  return std::nullopt;
}

const SafePrivateRow* find_safe_private(std::uint16_t group, std::string_view creator,
                                        std::uint8_t low_byte) {
  for (const auto& row : safe_private())
    if (row.group == group && row.low_byte == low_byte && row.creator == creator) return &row;
  return nullptr;
}

const ConceptRow* find_concept(std::string_view scheme, std::string_view value,
                               std::string_view value_type) {
  const auto rows = concepts();
  const auto key = std::make_tuple(scheme, value, value_type);
  const auto of = [](const ConceptRow& row) {
    return std::make_tuple(row.scheme, row.value, row.value_type);
  };
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), key,
                       [&](const ConceptRow& row, const auto& wanted) { return of(row) < wanted; });
  return found != rows.end() && of(*found) == key ? &*found : nullptr;
}

const SOPClassRow* find_sop_class(std::string_view uid) {
  const SOPClassRow* best = nullptr;
  for (const auto& row : sop_classes()) {
    if (row.uid == uid) return &row;
    if (begins_so(uid, row.uid) && (!best || best->uid.size() < row.uid.size())) best = &row;
  }
  return best;
}

}  // namespace deidentify::tables
