// A YAML file as a tree of values with their places. Promise: whatever the file holds (aliases that
// multiply, deep nesting, bytes that are not UTF-8) reading it is bounded and ends in a tree or in
// complaints.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/complaint.h"

namespace settings {

inline constexpr std::size_t kMaxFileSize = 1 << 20;
inline constexpr std::size_t kMaxNodes = 100'000;  // after aliases are followed
inline constexpr std::size_t kMaxNesting = 32;

struct Node {
  enum class Shape : std::uint8_t { Nothing, Scalar, List, Map };
  Shape shape = Shape::Nothing;
  std::string text;          // of a scalar
  std::vector<Node> names;   // of a map: the keys, all scalars, none twice
  std::vector<Node> items;   // of a list; of a map: the values, beside `names`
  int line = 0, column = 0;  // from 1
  std::shared_ptr<const std::string> file;

  bool is_nothing() const { return shape == Shape::Nothing; }
  bool is_scalar() const { return shape == Shape::Scalar; }
  bool is_list() const { return shape == Shape::List; }
  bool is_map() const { return shape == Shape::Map; }
  const Node* find(std::string_view name) const;  // the value of a map's key
};

// nullopt when there were complaints that leave no tree (syntax, size, encoding).
std::optional<Node> parse_yaml(std::string_view content, const std::string& file,
                               Complaints& complaints);
struct FileRead {
  std::optional<Node> root;
  std::string content;  // what was read, for the revision
};
FileRead read_yaml_file(const std::string& path, Complaints& complaints);

std::string one_line(const Node& node);  // flow style, for messages: "{regex: knee}"

}  // namespace settings
