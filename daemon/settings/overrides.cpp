#include "settings/overrides.h"

#include <algorithm>

#include "deidentify/overrides.h"
#include "settings/values.h"

namespace settings {
namespace {

using deidentify::Override;

std::optional<dicom::Tag> tag_of(const std::string& attribute) {
  if (const auto* entry = dicom::find_entry(std::string_view(attribute))) return entry->tag;
  return dicom::parse_tag(attribute);
}

std::string check_attribute(const std::string& text) {
  if (tag_of(text)) return "";
  const std::string near(dicom::nearest_keyword(text));
  return "is neither a keyword of PS3.6 nor (gggg,eeee)" +
         (near.empty() ? "" : "; did you mean '" + near + "'?");
}

Override::Way way_of(const std::string& action) {
  if (action == "keep") return Override::Way::Keep;
  return action == "remove" ? Override::Way::Remove : Override::Way::Replace;
}

void read_override(std::vector<std::string>& to, const Node& node, const Shape& shape,
                   Complaints& complaints) {
  OverrideText text;
  const auto before = complaints.size();
  read_map(shape, &text, node, complaints);
  if (complaints.size() != before) return;
  const Override one{way_of(text.action), tag_of(text.attribute).value(), text.value};
  if ((one.way == Override::Way::Replace) == one.value.empty())
    return complaints.add(node, "value goes with the action replace, and with no other");
  if (const auto reason = deidentify::reason_against(one); !reason.empty())
    return complaints.add(node, text.attribute + " " + reason);
  to.push_back(deidentify::written(one));
}

}  // namespace

Table<OverrideText> override_table() {
  Table<OverrideText> table;
  table.add(&OverrideText::attribute, {.name = "attribute",
                                       .doc = "Its keyword, or (gggg,eeee); on every level.",
                                       .example = "ProtocolName",
                                       .form = "a keyword or (gggg,eeee)",
                                       .required = true,
                                       .check = check_attribute});
  table.add(&OverrideText::action,
            {.name = "action",
             .kind = Kind::Word,
             .doc = "keep: as it is, searched for identifiers like everything; remove: away, or "
                    "empty or a dummy where its IOD needs it; replace: value in its place.",
             .required = true,
             .words = {"keep", "remove", "replace"}});
  table.add(&OverrideText::value, {.name = "value",
                                   .doc = "Of replace: one value of the attribute's VR, ASCII.",
                                   .example = "SCANNER",
                                   .form = "text",
                                   .check = check_line});
  return table;
}

void read_overrides(std::vector<std::string>& to, const Node& node, const Key& key,
                    Complaints& complaints) {
  if (!is_list_of_maps(node, key, complaints)) return;
  std::vector<dicom::Tag> seen;
  for (const Node& one : node.items) {
    const auto before = to.size();
    read_override(to, one, *key.inside, complaints);
    if (to.size() == before) continue;
    const auto tag = dicom::parse_tag(to.back().substr(to.back().find(' ') + 1, 8)).value();
    if (std::find(seen.begin(), seen.end(), tag) != seen.end())
      complaints.add(one, "another override has the same attribute", "keep one of them");
    seen.push_back(tag);
  }
  std::sort(to.begin(), to.end());
}

}  // namespace settings
