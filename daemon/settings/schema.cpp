#include "settings/schema.h"

#include <algorithm>
#include <numeric>

#include "settings/values.h"

namespace settings {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

bool is_text(const Node& node, const Key& key, Complaints& complaints) {
  if (node.is_scalar()) return true;
  complaints.add(node, key.name + (node.is_nothing() ? " has no value" : " must be one value"),
                 key.form.empty() ? "" : "write " + key.form);
  return false;
}

std::string shown(const Key& key, std::int64_t value) {
  if (key.kind == Kind::Duration) return format_duration(value);
  if (key.kind == Kind::Size) return format_size(static_cast<std::uint64_t>(value));
  return std::to_string(value);
}

bool is_in_range(const Node& node, const Key& key, Complaints& complaints, std::int64_t value) {
  if (key.least && value < *key.least) {
    complaints.add(node, key.name + " must be at least " + shown(key, *key.least));
    return false;
  }
  if (key.most && value > *key.most) {
    complaints.add(node, key.name + " must be at most " + shown(key, *key.most));
    return false;
  }
  return true;
}

std::optional<std::int64_t> parse_quantity(Kind kind, const std::string& text) {
  if (kind == Kind::Number) return parse_number(text);
  if (kind == Kind::Duration) return parse_duration(text);
  const auto size = parse_size(text);
  return size ? std::optional(static_cast<std::int64_t>(*size)) : std::nullopt;
}

const char* written_form(Kind kind) {
  if (kind == Kind::Number) return "a whole number";
  return kind == Kind::Duration ? "a duration such as 60s, 30m, 4h or 14d"
                                : "a size such as 512 MiB or 8 GiB";
}

std::vector<std::string> names_of(const Shape& shape) {
  std::vector<std::string> names;
  for (const Key& key : shape.keys) names.push_back(key.name);
  return names;
}

void refuse_unknown(const Shape& shape, const Node& node, Complaints& complaints) {
  const auto known = names_of(shape);
  for (const Node& name : node.names) {
    if (std::find(known.begin(), known.end(), name.text) != known.end()) continue;
    complaints.add(name, "unknown key '" + name.text + "'", did_you_mean(name.text, known));
  }
}

void read_default(const Key& key, void* target) {
  if (key.fallback.empty()) {
    // A section whose keys have defaults of their own.
    if (key.kind != Kind::Section || key.list || key.required || !key.words.empty()) return;
    Node empty;
    empty.shape = Node::Shape::Map;
    Complaints ignored;  // a missing required key is the administrator's, not the default's
    key.read(target, empty, key, ignored);
    return;
  }
  Complaints none;
  const auto node = parse_yaml(key.fallback, "default of " + key.name, none);
  if (node) key.read(target, *node, key, none);
}

std::string how_to_write(const Key& key) {
  const bool one_line = !key.example.empty() && key.example.find('\n') == std::string::npos;
  if (!key.form.empty())
    return "write " + key.name + ": " + (key.list && one_line ? key.example : key.form);
  return one_line ? "write " + key.name + ": " + key.example : key.doc;
}

void read_key(const Key& key, void* target, const Node& map, Complaints& complaints) {
  const Node* node = map.find(key.name);
  if (node == nullptr) {
    if (key.required) complaints.add(map, "'" + key.name + "' is missing", how_to_write(key));
    read_default(key, target);
    return;
  }
  // A section with every line commented out is an empty one.
  if (node->is_nothing() && key.kind == Kind::Section && !key.list && key.words.empty()) {
    Node empty = *node;
    empty.shape = Node::Shape::Map;
    key.read(target, empty, key, complaints);
    return;
  }
  const bool plain_section = key.kind == Kind::Section && !key.list && key.words.empty();
  if (plain_section && !node->is_map()) {
    complaints.add(*node, key.name + " must be a map of keys and values");
    return;
  }
  key.read(target, *node, key, complaints);
}

}  // namespace

bool convert(const Node& node, const Key& key, Complaints& complaints, std::string& to) {
  if (!is_text(node, key, complaints)) return false;
  const auto& words = key.words;
  if (key.kind == Kind::Word && std::find(words.begin(), words.end(), node.text) == words.end()) {
    std::string choice;
    for (const auto& word : words) choice += (choice.empty() ? "" : ", ") + word;
    const std::string near = did_you_mean(node.text, words);
    complaints.add(node, key.name + ": unknown word '" + node.text + "'",
                   near.empty() ? "one of " + choice : near);
    return false;
  }
  if (const std::string wrong = key.check ? key.check(node.text) : ""; !wrong.empty()) {
    complaints.add(node, key.name + " " + wrong);
    return false;
  }
  to = node.text;
  return true;
}

bool convert(const Node& node, const Key& key, Complaints& complaints, bool& to) {
  if (!is_text(node, key, complaints)) return false;
  const bool yes = node.text == "true" || node.text == "yes";
  if (!yes && node.text != "false" && node.text != "no") {
    complaints.add(node, key.name + " must be true or false");
    return false;
  }
  to = yes;
  return true;
}

bool convert(const Node& node, const Key& key, Complaints& complaints, std::int64_t& to) {
  if (!is_text(node, key, complaints)) return false;
  const auto value = parse_quantity(key.kind, node.text);
  if (!value) {
    complaints.add(node, key.name + " must be " + written_form(key.kind));
    return false;
  }
  if (!is_in_range(node, key, complaints, *value)) return false;
  to = *value;
  return true;
}

bool convert(const Node& node, const Key& key, Complaints& complaints, std::uint64_t& to) {
  std::int64_t value = 0;
  if (!convert(node, key, complaints, value)) return false;
  if (value < 0) {
    complaints.add(node, key.name + " must not be negative");
    return false;
  }
  to = static_cast<std::uint64_t>(value);
  return true;
}

bool convert(const Node& node, const Key& key, Complaints& complaints, unsigned& to) {
  std::uint64_t value = 0;
  if (!convert(node, key, complaints, value)) return false;
  if (value > 0xFFFF'FFFFu) {
    complaints.add(node, key.name + " is too large");
    return false;
  }
  to = static_cast<unsigned>(value);
  return true;
}

bool convert(const Node& node, const Key& key, Complaints& complaints,
             std::vector<std::string>& to) {
  if (node.is_map() || node.is_nothing()) {
    complaints.add(node, key.name + " must be a list");
    return false;
  }
  to.clear();
  std::string one;
  if (node.is_scalar()) {
    if (!convert(node, key, complaints, one)) return false;
    to.push_back(std::move(one));
    return true;
  }
  bool good = true;
  for (const Node& item : node.items) {
    if (convert(item, key, complaints, one)) {
      to.push_back(one);
    } else {
      good = false;
    }
  }
  return good;
}

void read_map(const Shape& shape, void* target, const Node& node, Complaints& complaints) {
  if (!node.is_map()) {
    complaints.add(node, "must be a map of keys and values");
    return;
  }
  refuse_unknown(shape, node, complaints);
  for (const Key& key : shape.keys) read_key(key, target, node, complaints);
}

void read_defaults(const Shape& shape, void* target) {
  for (const Key& key : shape.keys) read_default(key, target);
}

bool is_list_of_maps(const Node& node, const Key& key, Complaints& complaints) {
  if (node.is_list() || node.is_nothing()) return true;  // nothing: every entry commented out
  complaints.add(node, key.name + " must be a list",
                 node.is_map() ? "begin each entry with '- '" : "");
  return false;
}

bool is_map_of_names(const Node& node, const Key& key, Complaints& complaints) {
  if (node.is_nothing()) return true;  // every entry commented out
  if (!node.is_map()) {
    complaints.add(node, key.name + " must be a map of names");
    return false;
  }
  for (const Node& name : node.names) {
    if (const std::string wrong = check_name(name.text); !wrong.empty()) {
      complaints.add(name, "'" + name.text + "' " + wrong);
    }
  }
  return true;
}

std::string nearest(const std::string& misspelt, const std::vector<std::string>& words) {
  std::string best;
  std::size_t least = std::min<std::size_t>(3, misspelt.size() / 3 + 1) + 1;
  if (misspelt.size() > 100) return best;
  for (const std::string& word : words) {
    const std::size_t distance = edit_distance(misspelt, word);
    if (distance < least) {
      least = distance;
      best = word;
    }
  }
  return best;
}

std::string did_you_mean(const std::string& misspelt, const std::vector<std::string>& words) {
  const std::string near = nearest(misspelt, words);
  return near.empty() ? "" : "did you mean '" + near + "'?";
}

}  // namespace settings
