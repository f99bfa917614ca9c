#include <string.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "share/json.h"

namespace share {
namespace {

enum Kind { kNull, kFlag, kNumber, kText, kList, kObject };
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxMembers = 64;

}  // namespace

struct Value {
  Kind kind = kNull;
  std::uint64_t number = 0;
  std::string text;
  std::vector<std::string> names;  // of an object's members
  std::vector<Value> items;        // of an object or a list

  Value() = default;
  Value(Value&&) noexcept = default;
  Value& operator=(Value&&) noexcept = default;
  ~Value() { explicit_bzero(text.data(), text.size()); }
};

namespace {

// Builds the tree while nlohmann's parser reads; anything that our messages never hold stops it.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Value take() { return std::move(root_); }

  bool null() override { return add(Value()); }
  bool boolean(bool flag) override { return add(kFlag, flag ? 1 : 0); }
  bool number_integer(number_integer_t) override { return false; }
  bool number_unsigned(number_unsigned_t number) override { return add(kNumber, number); }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& text) override {
    Value value;
    value.kind = kText;
    value.text = text;
    return add(std::move(value));
  }
  bool start_object(std::size_t) override { return open(kObject); }
  bool start_array(std::size_t) override { return open(kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    auto& names = open_.back()->names;
    if (names.size() == kMaxMembers || std::ranges::find(names, name) != names.end()) return false;
    names.push_back(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool add(Kind kind, std::uint64_t number) {
    Value value;
    value.kind = kind;
    value.number = number;
    return add(std::move(value));
  }
  bool add(Value value) {
    if (open_.empty()) return false;  // the whole is an object
    open_.back()->items.push_back(std::move(value));
    return true;
  }
  bool open(Kind kind) {
    if (open_.size() == kMaxDepth || (open_.empty() && kind != kObject)) return false;
    Value* value = &root_;
    if (!open_.empty()) value = &open_.back()->items.emplace_back();
    value->kind = kind;
    open_.push_back(value);  // stays where it is: only the innermost grows
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Value root_;
  std::vector<Value*> open_;
};

bool parse_into(Value& root, std::string_view json) {
  try {
    Builder builder;
    if (!nlohmann::json::sax_parse(json.begin(), json.end(), &builder)) return false;
    root = builder.take();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

bool plain_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<std::uint8_t>(text[i + 1]) < 0xa0)
      return false;
  }
  return true;
}

struct Members::Document {
  Value root;
  std::optional<base::Fault> fault;
};

Members::Members(std::shared_ptr<Document> document, const Value* object)
    : document_(std::move(document)), object_(object) {}

Members Members::parse(std::string_view json, std::size_t limit) {
  auto document = std::make_shared<Document>();
  if (json.size() > limit)
    document->fault = base::reject("share.parse", "larger than its limit");
  else if (!parse_into(document->root, json))
    document->fault = base::reject("share.parse", "not a JSON object of the expected kind");
  return {document, &document->root};
}

const std::optional<base::Fault>& Members::fault() const { return document_->fault; }

void Members::refuse(std::string_view name, const char* why) {
  if (!document_->fault)
    document_->fault =
        base::reject("share.parse", "member " + std::string(name) + ": " + std::string(why));
}

void Members::require(bool condition, const char* otherwise) {
  if (!condition && !document_->fault) document_->fault = base::reject("share.parse", otherwise);
}

const Value* Members::find(std::string_view name) {
  if (fault()) return nullptr;
  asked_.push_back(name);
  const auto found = std::ranges::find(object_->names, name);
  if (found == object_->names.end()) return nullptr;
  return &object_->items[static_cast<std::size_t>(found - object_->names.begin())];
}

const Value* Members::expect(std::string_view name, int kind) {
  const Value* value = find(name);
  if (value && value->kind == kind) return value;
  refuse(name, value ? "of another type" : "missing");
  return nullptr;
}

bool Members::has(std::string_view name) { return find(name) != nullptr; }

template <std::size_t N>
std::array<std::uint8_t, N> Members::exactly(std::string_view name) {
  std::array<std::uint8_t, N> value{};
  const auto decoded = bytes(name, N);
  if (decoded.size() == N)
    std::ranges::copy(decoded, value.begin());
  else
    refuse(name, "wrong length");
  return value;
}

Id Members::id(std::string_view name) { return exactly<16>(name); }
Digest Members::digest(std::string_view name) { return exactly<32>(name); }

base::SecretBytes Members::secret(std::string_view name) {
  base::SecretBytes value(bytes(name, 32));
  if (value.size() != 32) refuse(name, "wrong length");
  return value;
}

base::Bytes Members::bytes(std::string_view name, std::size_t limit) {
  const Value* value = expect(name, kText);
  if (!value) return {};
  auto decoded = base::from_base64url(value->text);
  if (decoded && decoded->size() <= limit) return std::move(*decoded);
  refuse(name, decoded ? "too long" : "not base64url without padding");
  return {};
}

std::string Members::text(std::string_view name, std::size_t limit) {
  const Value* value = expect(name, kText);
  if (!value) return {};
  if (value->text.size() <= limit && plain_text(value->text)) return value->text;
  refuse(name, "too long, or with control characters");
  return {};
}

std::uint64_t Members::number(std::string_view name, std::uint64_t least, std::uint64_t most) {
  const Value* value = expect(name, kNumber);
  if (!value) return least;
  if (value->number >= least && value->number <= most) return value->number;
  refuse(name, "out of range");
  return least;
}

std::uint32_t Members::small(std::string_view name, std::uint32_t least) {
  return static_cast<std::uint32_t>(number(name, least, 0xffffffff));
}

base::UnixSeconds Members::time(std::string_view name) {
  return static_cast<base::UnixSeconds>(number(name));
}

bool Members::flag(std::string_view name) {
  const Value* value = expect(name, kFlag);
  return value && value->number == 1;
}

std::vector<std::string> Members::words(std::string_view name, std::size_t most) {
  std::vector<std::string> texts;
  const Value* value = expect(name, kList);
  if (!value) return texts;
  if (value->items.size() > most) refuse(name, "too many");
  for (const Value& item : value->items) {
    if (item.kind != kText) refuse(name, "of another type");
    texts.push_back(item.text);
  }
  return texts;
}

std::vector<Id> Members::ids(std::string_view name) {
  std::vector<Id> ids;
  for (const auto& text : words(name, kMaxBlobs)) {
    const auto id = parse_id(text);
    if (!id || std::ranges::find(ids, *id) != ids.end()) refuse(name, "no id, or repeated");
    if (id) ids.push_back(*id);
  }
  return ids;
}

Members Members::object(std::string_view name) {
  static const Value none;
  const Value* value = expect(name, kObject);
  return {document_, value ? value : &none};
}

void Members::each(std::string_view name, std::size_t most,
                   const std::function<void(Members&)>& read) {
  const Value* value = expect(name, kList);
  if (!value) return;
  if (value->items.size() > most) return refuse(name, "too many");
  for (const Value& item : value->items) {
    if (item.kind != kObject) return refuse(name, "of another type");
    Members members(document_, &item);
    read(members);
    if (fault()) return;
  }
}

void Members::version() {
  require(number("v") == 1, "made by another version: update this program");
}

void Members::nothing_else() {
  if (fault()) return;
  for (const auto& name : object_->names)
    require(std::ranges::find(asked_, name) != asked_.end(), "a member that is not known here");
}

}  // namespace share
