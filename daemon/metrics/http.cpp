#include "metrics/http.h"

namespace metrics {
namespace {

constexpr const char* kPlain = "text/plain; charset=utf-8";
constexpr const char* kExposition = "text/plain; version=0.0.4; charset=utf-8";

std::string reply(const char* status, const char* type, const std::string& body) {
  return std::string("HTTP/1.0 ") + status + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
         body;
}

std::string_view word(std::string_view& rest) {
  const auto end = rest.find(' ');
  const auto first = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return first;
}

}  // namespace

bool is_whole(std::string_view request) {
  return request.size() >= kMaxRequest || request.find("\r\n\r\n") != std::string_view::npos ||
         request.find("\n\n") != std::string_view::npos;
}

std::string answer(std::string_view request, const std::function<std::string()>& text) {
  if (request.size() >= kMaxRequest)
    return reply("431 Request Header Fields Too Large", kPlain, "too large\n");
  std::string_view line = request.substr(0, request.find_first_of("\r\n"));
  const auto method = word(line), target = word(line), version = word(line);
  if (!version.starts_with("HTTP/1.")) return reply("400 Bad Request", kPlain, "not HTTP\n");
  if (method != "GET") return reply("405 Method Not Allowed", kPlain, "GET alone\n");
  const auto path = target.substr(0, target.find('?'));
  if (path != "/metrics" && path != "/") return reply("404 Not Found", kPlain, "see /metrics\n");
  const auto measured = text();
  if (measured.empty()) return reply("503 Service Unavailable", kPlain, "could not be measured\n");
  return reply("200 OK", kExposition, measured);
}

}  // namespace metrics
