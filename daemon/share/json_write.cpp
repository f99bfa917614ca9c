#include <string.h>

#include <nlohmann/json.hpp>

#include "base/panic.h"
#include "share/json.h"

namespace share {
namespace {

// Escaped and quoted; bytes that are not UTF-8 become U+FFFD.
std::string quoted(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void Object::name(std::string_view name) {
  if (text_.empty()) PANIC("a finished object is written to");
  if (text_.size() > 1) text_ += ',';
  text_ += '"';
  text_ += name;
  text_ += "\":";
}

Object& Object::text(std::string_view member, std::string_view value) {
  name(member);
  text_ += quoted(value);
  return *this;
}

Object& Object::number(std::string_view member, std::uint64_t value) {
  name(member);
  text_ += std::to_string(value);
  return *this;
}

Object& Object::time(std::string_view member, base::UnixSeconds value) {
  return number(member, value < 0 ? 0 : static_cast<std::uint64_t>(value));
}

Object& Object::flag(std::string_view member, bool value) {
  return raw(member, value ? "true" : "false");
}

Object& Object::bytes(std::string_view member, base::ByteView value) {
  auto text = base::to_base64url(value);
  name(member);
  text_ += '"';
  text_ += text;
  text_ += '"';
  explicit_bzero(text.data(), text.size());
  return *this;
}

Object& Object::ids(std::string_view member, const std::vector<Id>& value) {
  std::vector<std::string> texts;
  for (const Id& id : value) texts.push_back('"' + id_text(id) + '"');
  return raw(member, list(texts));
}

Object& Object::raw(std::string_view member, std::string_view json) {
  name(member);
  text_ += json;
  return *this;
}

std::string Object::finish() {
  text_ += '}';
  return std::exchange(text_, {});
}

std::string list(const std::vector<std::string>& jsons) {
  std::size_t size = 2;
  for (const auto& json : jsons) size += json.size() + 1;
  std::string text = "[";
  text.reserve(size);
  for (const auto& json : jsons) {
    if (text.size() > 1) text += ',';
    text += json;
  }
  return text + ']';
}

}  // namespace share
