#include "settings/site_lists.h"

#include <openssl/sha.h>

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "route/condition.h"
#include "route/tree.h"
#include "settings/values.h"

namespace settings {
namespace {

constexpr std::size_t kShownDigits = 16;
constexpr int kTabs = 16;  // of a row

std::size_t letters(const std::string& text) {  // of UTF-8, roughly: a character of its own counts
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](unsigned char c) {
    return (c & 0xC0) == 0xC0 || std::isalnum(c) != 0;
  }));
}

std::string check_site_name(const std::string& text) {
  if (const auto wrong = check_line(text); !wrong.empty()) return wrong;
  return letters(text) < 3 ? "must have three letters at least, or it would be found everywhere"
                           : "";
}

std::string check_number_pattern(const std::string& text) {
  const auto pattern = route::compile_pattern(text);
  if (!pattern.ok()) return "is no regular expression (RE2): " + pattern.fault().what;
  const auto whole = route::compile_pattern("^(?:" + text + ")$");
  if (!whole.ok()) return "is no regular expression (RE2) of a whole word";
  for (const char* word : {"", "a", "CT", "12", "thorax"})
    if (route::found(*whole.value().pattern, word))
      return std::string("fits '") + word + "' too: it would take everything";
  return "";
}

std::string check_allowed_word(const std::string& text) {
  const auto broken = [](unsigned char c) { return c <= ' ' || c == 0x7F || c == '\\'; };
  if (text.empty() || text.size() > 64 || std::any_of(text.begin(), text.end(), broken))
    return "must be one word without spaces";
  return "";
}

std::string check_cell(const std::string& text) {
  if (const auto wrong = check_line(text); !wrong.empty()) return wrong;
  return text.find('\t') == text.npos ? "" : "must have no tab";
}

Table<DeviceRule> device_rule_table() {
  struct Cell {
    std::string DeviceRule::*member;
    const char *name, *doc, *example;
  };
  constexpr Cell kCells[] = {
      {&DeviceRule::id, "id", "What the report calls the rule.", "SITE-US-1"},
      {&DeviceRule::modality, "modality", "Modality.", "US"},
      {&DeviceRule::manufacturer, "manufacturer", "Manufacturer, or a part of it.", "ACME"},
      {&DeviceRule::model, "model", "Manufacturer's Model Name, or a part of it.", "Echo 5"},
      {&DeviceRule::rows, "rows", "Rows of the image.", "768"},
      {&DeviceRule::columns, "columns", "Columns of the image.", "1024"},
      {&DeviceRule::image_type, "image_type", "A part of Image Type.", ""},
      {&DeviceRule::series_description, "series_description", "A part of it.", ""},
      {&DeviceRule::burned_in, "burned_in", "Burned In Annotation.", ""},
      {&DeviceRule::other, "other", "KEYWORD~PART of another attribute.", ""},
      {&DeviceRule::note, "note", "For people.", ""}};
  Table<DeviceRule> table;
  for (const auto& cell : kCells)
    table.add(cell.member, {.name = cell.name,
                            .doc = cell.doc,
                            .example = cell.example,
                            .form = "text",
                            .check = check_cell});
  const auto number = [&](unsigned DeviceRule::*member, const char* name, const char* doc,
                          std::int64_t least) {
    table.add(member, {.name = name,
                       .kind = Kind::Number,
                       .doc = doc,
                       .required = true,
                       .least = least,
                       .most = 65535});
  };
  number(&DeviceRule::x, "x", "Left edge of the rectangle.", 0);
  number(&DeviceRule::y, "y", "Upper edge of the rectangle.", 0);
  number(&DeviceRule::width, "width", "Width of the rectangle.", 1);
  number(&DeviceRule::height, "height", "Height of the rectangle.", 1);
  return table;
}

// id section modality manufacturer model rows cols image_type series_desc burned_in other x y w h
// source note
std::string row_of(const DeviceRule& r) {
  std::string row;
  for (const auto& cell :
       {r.id.empty() ? std::string("SITE") : r.id, std::string("site"), r.modality, r.manufacturer,
        r.model, r.rows, r.columns, r.image_type, r.series_description, r.burned_in, r.other,
        std::to_string(r.x), std::to_string(r.y), std::to_string(r.width), std::to_string(r.height),
        std::string("site")})
    row += cell + "\t";
  return row + r.note;
}

bool names_a_device(const DeviceRule& rule) {
  return !rule.manufacturer.empty() || !rule.model.empty() || !rule.other.empty();
}

void read_device_rule(SiteLists& lists, const Node& node, const Shape& shape,
                      Complaints& complaints) {
  if (node.is_scalar()) {
    if (std::count(node.text.begin(), node.text.end(), '\t') == kTabs)
      lists.device_rules.push_back(node.text);
    else
      complaints.add(node, "a rule as text must have 17 columns with tabs between them",
                     "write a map: {manufacturer: ..., x: 0, y: 0, width: 100, height: 20}");
    return;
  }
  DeviceRule rule;
  const auto before = complaints.size();
  read_map(shape, &rule, node, complaints);
  if (complaints.size() != before) return;
  if (!names_a_device(rule))
    complaints.add(node, "a device rule must name manufacturer, model or another attribute",
                   "without one it would blank images of every device");
  else
    lists.device_rules.push_back(row_of(rule));
}

void read_device_rules(SiteLists& lists, const Node& node, const Key& key, Complaints& complaints) {
  if (!node.is_list() && !node.is_nothing())
    return complaints.add(node, "device_rules must be a list", "begin each entry with '- '");
  for (const Node& one : node.items) read_device_rule(lists, one, *key.inside, complaints);
}

}  // namespace

Table<SiteLists> site_lists_table() {
  // Several files add to one another, which a list of the schema's own would not.
  const auto adding = [](std::vector<std::string> SiteLists::*member) {
    return [member](SiteLists& lists, const Node& node, const Key& key, Complaints& complaints) {
      std::vector<std::string> more;
      if (!convert(node, key, complaints, more)) return;
      auto& all = lists.*member;
      std::move(more.begin(), more.end(), std::back_inserter(all));
    };
  };
  Table<SiteLists> table;
  table.custom({.name = "names",
                .doc = "Names of staff and of the institution: never released, whatever the "
                       "options keep. As in DICOM (FAMILY^GIVEN) or as written in text.",
                .example = "[\"OKAFOR^ADA\", \"St. Example Hospital\"]",
                .form = "a name",
                .list = true,
                .check = check_site_name},
               adding(&SiteLists::names));
  table.custom({.name = "number_patterns",
                .doc = "What the hospital's own numbers look like: regular expressions (RE2) of a "
                       "whole word.",
                .example = "['MRN-[0-9]{4}-[A-Z]{2}']",
                .form = "a regular expression",
                .list = true,
                .check = check_number_pattern},
               adding(&SiteLists::number_patterns));
  table.custom({.name = "allowed_words",
                .doc = "Words that free text may keep, beside those of the allow list.",
                .example = "[Kniegelenk, T1-mDixon]",
                .form = "a word",
                .list = true,
                .check = check_allowed_word},
               adding(&SiteLists::allowed_words));
  table.custom({.name = "device_rules",
                .doc = "Rectangles that hold text in the images of a device, as maps or as rows "
                       "of burned_in_regions.tsv.",
                .example = "[{modality: US, manufacturer: ACME, model: Echo 5, rows: 768, "
                           "columns: 1024, x: 0, y: 0, width: 1024, height: 60}]",
                .form = "a map, or a row with tabs",
                .list = true,
                .inside = device_rule_table().shape()},
               read_device_rules);
  return table;
}

std::string digest_of(const SiteLists& lists) {
  std::string all;
  for (const auto* list :
       {&lists.names, &lists.number_patterns, &lists.allowed_words, &lists.device_rules}) {
    all += std::to_string(list->size()) + "\n";
    for (const auto& one : *list) all += one + "\n";
  }
  if (all == "0\n0\n0\n0\n") return "";
  base::Bytes digest(SHA256_DIGEST_LENGTH);
  const auto bytes = base::as_bytes(all);
  SHA256(bytes.data(), bytes.size(), digest.data());
  return base::to_hex(digest).substr(0, kShownDigits);
}

}  // namespace settings
