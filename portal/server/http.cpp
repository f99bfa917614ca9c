#include "portal/http.h"

#include <algorithm>

namespace portal {
namespace {

bool good_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool good_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

}  // namespace

Response Response::json(unsigned status, std::string text) {
  Response response(status);
  response.set_header("Content-Type", "application/json");
  response.body = std::move(text);
  return response;
}

Response& Response::set_header(std::string_view name, std::string_view value) {
  if (good_name(name) && good_value(value)) {
    headers_.emplace_back(name, value);
    return *this;
  }
  status_ = 500;
  headers_.clear();
  body.clear();
  part.reset();
  close = true;
  return *this;
}

}  // namespace portal
