// The JSON Schema (draft 2020-12), for editors. It is a help while typing: what counts is what
// `dcmcourier check` says.
#include <nlohmann/json.hpp>

#include "settings/describe.h"
#include "settings/site_lists.h"
#include "settings/table.h"

namespace settings {
namespace {

using Json = nlohmann::ordered_json;

Json schema_of(const Shape& shape);

Json scalar_schema(const Key& key) {
  switch (key.kind) {
    case Kind::Word:
      return {{"type", "string"}, {"enum", key.words}};
    case Kind::Flag:
      return {{"type", "boolean"}};
    case Kind::Number: {
      Json number = {{"type", "integer"}};
      if (key.least) number["minimum"] = *key.least;
      if (key.most) number["maximum"] = *key.most;
      return number;
    }
    case Kind::Duration:
      return {{"type", "string"}, {"pattern", "^[0-9]+ *(s|sec|m|min|h|d|day|w)$"}};
    case Kind::Size:
      return {{"type", {"string", "integer"}}, {"pattern", "^[0-9]+ *(B|[kK]B|[MGT]i?B)?$"}};
    default:
      return {{"type", {"string", "number"}}};
  }
}

Json one_schema(const Key& key) {
  if (key.kind == Kind::Match) return {{"$ref", "#/$defs/match"}};
  if (key.kind == Kind::Entries) {
    return {{"type", {"object", "null"}}, {"additionalProperties", schema_of(*key.inside)}};
  }
  if (key.kind == Kind::Section) {
    Json map = schema_of(*key.inside);
    // Every line of a section may be commented out.
    if (!key.list && !key.required && key.words.empty()) map["type"] = {"object", "null"};
    if (key.words.empty()) return map;
    return {{"oneOf", {map, {{"enum", key.words}}}}};
  }
  // Where an element of a list may also be a small map, as {by: ...}.
  if (key.list && key.name == "recipients") {
    return {{"type", {"string", "object"}}};
  }
  return scalar_schema(key);
}

Json key_schema(const Key& key) {
  Json schema = one_schema(key);
  if (key.list) {
    const Json list = {{"type", "array"}, {"items", schema}};
    const bool lone = key.kind != Kind::Section && key.name != "recipients";
    schema = lone ? Json{{"oneOf", {list, schema}}} : list;
  }
  schema["description"] = key.doc;
  if (!key.fallback.empty()) schema["default"] = key.fallback;
  return schema;
}

Json schema_of(const Shape& shape) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Key& key : shape.keys) {
    properties[key.name] = key_schema(key);
    if (key.required) required.push_back(key.name);
  }
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

Json match_schema() {
  const Json match = {{"$ref", "#/$defs/match"}};
  const Json list = {{"type", "array"}, {"items", match}, {"minItems", 1}};
  const Json scalar = {{"type", {"string", "number"}}};
  const Json tests = {{"type", "object"},
                      {"properties",
                       {{"regex", {{"type", "string"}}},
                        {"exists", {{"type", "boolean"}}},
                        {"less_than", {{"type", "number"}}},
                        {"more_than", {{"type", "number"}}},
                        {"between", {{"type", "array"}, {"items", {{"type", "number"}}}}},
                        {"before", scalar},
                        {"after", scalar}}},
                      {"additionalProperties", false}};
  return {{"type", "object"},
          {"minProperties", 1},
          {"properties",
           {{"all", list},
            {"any", list},
            {"not", match},
            {"every_instance", match},
            {"one_instance", match}}},
          {"additionalProperties",
           {{"oneOf", {scalar, {{"type", "array"}, {"items", scalar}, {"minItems", 1}}, tests}}}}};
}

}  // namespace

std::string json_schema_of(const Shape& shape, const std::string& title) {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  schema.update(schema_of(shape));
  schema["$defs"] = {{"match", match_schema()}};
  return schema.dump(2) + "\n";
}

std::string json_schema() {
  return json_schema_of(*settings_table().shape(), "Settings of the dcmcourier daemon");
}

std::string site_json_schema() {
  return json_schema_of(*site_lists_table().shape(), "Site lists of the dcmcourier daemon");
}

}  // namespace settings
