// The schema machine: a Table describes the keys of one map of a configuration file once, and from
// it come the parser, the defaults, "did you mean", the sample, the manual page and the JSON
// Schema.
//
//   Table<Receiver> table;
//   table.add(&Receiver::max_associations, {.name = "max_associations", .kind = Kind::Number,
//             .doc = "Associations at once, in all.", .fallback = "64", .least = 1, .most = 1000});
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "settings/node.h"

namespace settings {

enum class Kind : std::uint8_t {
  Text,      // any scalar; `check` may narrow it
  Word,      // one of `words`
  Flag,      // true or false (yes, no)
  Number,    // a whole number from `least` to `most`
  Duration,  // "60s", "4h", "14d"; read in seconds, `least` to `most`
  Size,      // "8 GiB", "20 GB"; read in bytes
  Section,   // a map described by `inside`
  Entries,   // a map of names that the administrator chooses, each a map described by `inside`
  Match,     // a route's conditions
};

struct Shape;
struct Key {
  std::string name = {};
  Kind kind = Kind::Text;
  std::string doc = {};       // sentences for sample, manual page and JSON Schema
  std::string fallback = {};  // the default as one would write it; empty: none
  std::string example = {};   // as one would write it, for the sample
  std::string form = {};      // what a text looks like: "host:port"
  bool required = false;
  bool list = false;                    // a list of that kind; a lone value counts as a list of one
  std::vector<std::string> words = {};  // of a Word; of a Section: words that may stand instead
  std::optional<std::int64_t> least = {}, most = {};
  std::function<std::string(const std::string&)> check = {};  // "" or what is wrong with a text
  std::shared_ptr<const Shape> inside = {};                   // of Section, Entries, list of maps
  // Set by Table: reads the node into the map's target.
  std::function<void(void*, const Node&, const Key&, Complaints&)> read = {};
};
struct Shape {
  std::vector<Key> keys;
};

// One value, its range and check applied; false after complaining.
bool convert(const Node& node, const Key& key, Complaints& complaints, std::string& to);
bool convert(const Node& node, const Key& key, Complaints& complaints, bool& to);
bool convert(const Node& node, const Key& key, Complaints& complaints, unsigned& to);
bool convert(const Node& node, const Key& key, Complaints& complaints, std::int64_t& to);
bool convert(const Node& node, const Key& key, Complaints& complaints, std::uint64_t& to);
bool convert(const Node& node, const Key& key, Complaints& complaints,
             std::vector<std::string>& to);
// Every key of the shape: defaults first where a key is missing; complains about unknown, missing
// and valueless keys. `target` is what the shape's Table was made for.
void read_map(const Shape& shape, void* target, const Node& node, Complaints& complaints);
void read_defaults(const Shape& shape, void* target);
// False after complaining that this is no list, or no map of names.
bool is_list_of_maps(const Node& node, const Key& key, Complaints& complaints);
bool is_map_of_names(const Node& node, const Key& key, Complaints& complaints);
// The word nearest to a misspelt one, empty when nothing is near.
std::string nearest(const std::string& misspelt, const std::vector<std::string>& words);
std::string did_you_mean(const std::string& misspelt, const std::vector<std::string>& words);

template <typename T>
class Table {
 public:
  Table() : shape_(std::make_shared<Shape>()) {}

  template <typename M>
  Table& add(M T::*member, Key key) {
    return custom(std::move(key), [member](T& t, const Node& node, const Key& k, Complaints& c) {
      convert(node, k, c, t.*member);
    });
  }
  template <typename S>
  Table& section(S T::*member, Key key, const Table<S>& table) {
    key.kind = Kind::Section;
    key.inside = table.shape();
    return custom(std::move(key), [member](T& t, const Node& node, const Key& k, Complaints& c) {
      read_map(*k.inside, &(t.*member), node, c);
    });
  }
  // A section of the file whose values live in T itself.
  Table& section(Key key, const Table<T>& table) {
    key.kind = Kind::Section;
    key.inside = table.shape();
    return custom(std::move(key), [](T& t, const Node& node, const Key& k, Complaints& c) {
      read_map(*k.inside, &t, node, c);
    });
  }
  template <typename S>
  Table& list(std::vector<S> T::*member, Key key, const Table<S>& table) {
    key.kind = Kind::Section;
    key.list = true;
    key.inside = table.shape();
    return custom(std::move(key), [member](T& t, const Node& node, const Key& k, Complaints& c) {
      if (!is_list_of_maps(node, k, c)) return;
      for (const Node& one : node.items) read_map(*k.inside, &(t.*member).emplace_back(), one, c);
    });
  }
  template <typename S>
  Table& entries(std::vector<S> T::*member, std::string S::*name, Key key, const Table<S>& table) {
    key.kind = Kind::Entries;
    key.inside = table.shape();
    return custom(std::move(key),
                  [member, name](T& t, const Node& node, const Key& k, Complaints& c) {
                    if (!is_map_of_names(node, k, c)) return;
                    for (std::size_t i = 0; i < node.items.size(); ++i) {
                      S& entry = (t.*member).emplace_back();
                      entry.*name = node.names[i].text;
                      read_map(*k.inside, &entry, node.items[i], c);
                    }
                  });
  }
  // For values that no Kind reads by itself; `key.inside` is for the documents.
  Table& custom(Key key, std::function<void(T&, const Node&, const Key&, Complaints&)> read) {
    key.read = [read = std::move(read)](void* target, const Node& node, const Key& k,
                                        Complaints& c) {
      read(*static_cast<T*>(target), node, k, c);
    };
    shape_->keys.push_back(std::move(key));
    return *this;
  }

  void read(const Node& node, T& into, Complaints& complaints) const {
    read_map(*shape_, &into, node, complaints);
  }
  std::shared_ptr<const Shape> shape() const { return shape_; }

 private:
  std::shared_ptr<Shape> shape_;
};

}  // namespace settings
