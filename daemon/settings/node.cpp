#include "settings/node.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "disk/descriptor.h"
#include "settings/utf8.h"

namespace settings {
namespace {

std::size_t count(const Node& node) {
  std::size_t sum = 1 + node.names.size();
  for (const Node& item : node.items) sum += count(item);
  return sum;
}

// Builds the tree from the parser's events. Throws YAML::ParserException where a limit ends the
// work; parse_yaml() catches it with the parser's own.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> file, Complaints& complaints)
      : file_(std::move(file)), complaints_(complaints) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(made(Node::Shape::Nothing, mark), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    Node node = made(Node::Shape::Scalar, mark);
    node.text = value;
    put(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw YAML::ParserException(mark, "an alias within its own anchor");
    spend(mark, count(found->second));
    put(found->second, 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Node::Shape::List, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Node::Shape::Map, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
  };

  Node made(Node::Shape shape, const YAML::Mark& mark) {
    spend(mark, 1);
    Node node;
    node.shape = shape;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.file = file_;
    return node;
  }
  void spend(const YAML::Mark& mark, std::size_t nodes) {
    spent_ += nodes;
    if (spent_ > kMaxNodes) {
      throw YAML::ParserException(mark, "more than " + std::to_string(kMaxNodes) + " values");
    }
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    throw YAML::ParserException(mark, "a YAML tag (!...) has no meaning here");
  }
  void begin(Node::Shape shape, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    if (open_.size() >= kMaxNesting) {
      throw YAML::ParserException(mark, "nested deeper than " + std::to_string(kMaxNesting));
    }
    open_.push_back({made(shape, mark), anchor});
  }
  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.node.is_map()) refuse_bad_names(done.node);
    put(std::move(done.node), done.anchor);
  }
  void put(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      YAML::Mark mark;
      mark.line = node.line - 1;
      mark.column = node.column - 1;
      spend(mark, count(node));
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Node& parent = open_.back().node;
    const bool is_name = parent.is_map() && parent.names.size() == parent.items.size();
    if (!is_name && node.is_nothing() && parent.is_map()) {
      // The parser says where the next thing begins; the key is what to look at.
      node.line = parent.names.back().line;
      node.column = parent.names.back().column;
    }
    (is_name ? parent.names : parent.items).push_back(std::move(node));
  }
  // A key that is no text, or stands twice, is complained about and left out.
  void refuse_bad_names(Node& map) {
    std::map<std::string, int> first;  // line
    for (std::size_t i = 0; i < map.names.size();) {
      const Node& name = map.names[i];
      std::string what;
      if (!name.is_scalar() || name.text.empty()) {
        what = "a key must be text";
      } else if (const auto [seen, fresh] = first.emplace(name.text, name.line); !fresh) {
        what =
            "'" + name.text + "' stands here twice, first on line " + std::to_string(seen->second);
      }
      if (what.empty()) {
        ++i;
        continue;
      }
      complaints_.add(name, what);
      map.names.erase(map.names.begin() + static_cast<std::ptrdiff_t>(i));
      map.items.erase(map.items.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  std::shared_ptr<const std::string> file_;
  Complaints& complaints_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t spent_ = 0;
};

Complaint bad_byte(std::string_view content, std::size_t at, const std::string& file) {
  const std::string_view before = content.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const std::size_t begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return {file, static_cast<int>(line) + 1, static_cast<int>(at - begin) + 1,
          "a byte that is not UTF-8 text", "save the file as UTF-8"};
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].text == name) return &items[i];
  }
  return nullptr;
}

std::optional<Node> parse_yaml(std::string_view content, const std::string& file,
                               Complaints& complaints) {
  if (const auto at = first_bad_byte(content)) {
    complaints.add(bad_byte(content, *at, file));
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(content)};
    YAML::Parser parser(stream);
    TreeBuilder builder(std::make_shared<const std::string>(file), complaints);
    parser.HandleNextDocument(builder);
    Node root = builder.take();
    TreeBuilder second(std::make_shared<const std::string>(file), complaints);
    if (parser.HandleNextDocument(second)) {
      complaints.add(second.take(), "a second YAML document in one file");
    }
    if (!root.file) root.file = std::make_shared<const std::string>(file);
    return root;
  } catch (const YAML::Exception& wrong) {
    const bool placed = !wrong.mark.is_null();
    complaints.add({file,
                    placed ? wrong.mark.line + 1 : 0,
                    placed ? wrong.mark.column + 1 : 0,
                    "YAML: " + wrong.msg,
                    {}});
    return std::nullopt;
  }
}

FileRead read_yaml_file(const std::string& path, Complaints& complaints) {
  auto bytes = disk::read_small_file(path, kMaxFileSize);
  if (!bytes.ok()) {
    complaints.add({path, 0, 0, "cannot be read: " + bytes.fault().what, {}});
    return {};
  }
  FileRead read;
  read.content = base::as_text(bytes.value());
  read.root = parse_yaml(read.content, path, complaints);
  return read;
}

std::string one_line(const Node& node) {
  if (node.is_nothing()) return "~";
  if (node.is_scalar()) return node.text;
  std::string inside;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i != 0) inside += ", ";
    if (node.is_map()) inside += node.names[i].text + ": ";
    inside += one_line(node.items[i]);
  }
  return node.is_map() ? "{" + inside + "}" : "[" + inside + "]";
}

}  // namespace settings
