#include "publish/answer.h"

#include <nlohmann/json.hpp>

namespace publish {
namespace {

constexpr std::size_t kMaxText = 400;

// The parser itself is iterative, but what it builds is written and freed level by level.
bool is_too_deep(std::string_view text) {
  unsigned depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      if (++depth > kMaxReplyDepth) return true;
    } else if (!in_string && (c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxText)) out += c >= 0x20 && c < 0x7F ? c : '?';
  return out;
}

}  // namespace

base::Remedy remedy_of(int status) {
  const bool wait = status == 408 || status == 423 || status == 425 || status == 429;
  return wait || status >= 500 ? base::Remedy::RetryLater : base::Remedy::AskAdministrator;
}

std::optional<std::string> checked_json(std::string_view text) {
  if (is_too_deep(text)) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(text);
    return json.dump();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

jobs::SendReply failed(const base::Fault& fault) {
  return {.done = false,
          .remedy = fault.remedy,
          .status = 0,
          .text = fault.what.substr(0, kMaxText),
          .body = {}};
}

jobs::SendReply refused(std::string_view what, const Response& response) {
  const auto json = checked_json(response.body);
  const std::string said = json ? ": " + printable(*json) : "";
  return {.done = false,
          .remedy = remedy_of(response.status),
          .status = response.status,
          .text = "the portal answered " + std::to_string(response.status) + " to the " +
                  std::string(what) + said.substr(0, kMaxText),
          .body = json.value_or("")};
}

}  // namespace publish
