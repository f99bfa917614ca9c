// Strict JSON for this room alone: what is missing, repeated, nested too deep, of another type, not
// UTF-8 or larger than its limit is a Fault that names the member and never its value.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "share/grant.h"
#include "share/limits.h"

namespace share {

// True for UTF-8 without control characters.
bool plain_text(std::string_view text);

// One object, written member by member; its text is wiped with it.
class Object {
 public:
  explicit Object(std::size_t expected = 512) {
    text_.reserve(expected);
    text_ = "{";
  }
  ~Object() { explicit_bzero(text_.data(), text_.size()); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  Object& text(std::string_view name, std::string_view value);  // must be plain_text
  Object& number(std::string_view name, std::uint64_t value);
  Object& time(std::string_view name, base::UnixSeconds value);
  Object& flag(std::string_view name, bool value);
  Object& bytes(std::string_view name, base::ByteView value);
  Object& ids(std::string_view name, const std::vector<Id>& value);
  Object& raw(std::string_view name, std::string_view json);
  // The text; the object is empty afterwards.
  std::string finish();

 private:
  void name(std::string_view name);
  std::string text_;
};
std::string list(const std::vector<std::string>& jsons);

struct Value;

// The members of one object, read by name. The first thing wrong is kept and everything after it is
// a default value: ask fault() or done() at the end.
class Members {
 public:
  static Members parse(std::string_view json, std::size_t limit);

  bool has(std::string_view name);
  Id id(std::string_view name);
  Digest digest(std::string_view name);
  base::SecretBytes secret(std::string_view name);  // 32
  base::Bytes bytes(std::string_view name, std::size_t limit);
  std::string text(std::string_view name, std::size_t limit = kMaxText);
  std::uint64_t number(std::string_view name, std::uint64_t least = 0,
                       std::uint64_t most = kMaxInteger);
  std::uint32_t small(std::string_view name, std::uint32_t least = 0);
  base::UnixSeconds time(std::string_view name);
  bool flag(std::string_view name);
  std::vector<Id> ids(std::string_view name);
  std::vector<std::string> words(std::string_view name, std::size_t most);
  Members object(std::string_view name);
  void each(std::string_view name, std::size_t most, const std::function<void(Members&)>& read);

  void version();       // v is 1
  void nothing_else();  // refuses members that were not asked for
  void require(bool condition, const char* otherwise);

  template <typename T>
  base::Result<T> done(T value) const {
    if (fault()) return *fault();
    return value;
  }

 private:
  struct Document;
  Members(std::shared_ptr<Document> document, const Value* object);
  const std::optional<base::Fault>& fault() const;
  const Value* find(std::string_view name);
  const Value* expect(std::string_view name, int kind);
  void refuse(std::string_view name, const char* why);
  template <std::size_t N>
  std::array<std::uint8_t, N> exactly(std::string_view name);

  std::shared_ptr<Document> document_;
  const Value* object_;
  std::vector<std::string_view> asked_;
};

}  // namespace share
