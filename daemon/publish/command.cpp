#include "publish/answer.h"
#include "publish/publish.h"
#include "share/limits.h"

namespace publish {
namespace {

constexpr unsigned kCommandSeconds = 120;

bool is_method(std::string_view method) {
  return method == "GET" || method == "PUT" || method == "POST" || method == "DELETE";
}

}  // namespace

jobs::SendReply command(Exchange& portal, const jobs::PortalJob& job) {
  if (!is_method(job.method) || job.body.size() > share::kMaxCommand)
    return failed(base::reject("publish.command", "not a command of the portal"));
  Request request{.method = job.method, .path = job.path, .headers = {}, .body = job.body};
  request.headers.emplace_back(job.body.empty() ? "Content-Type:"
                                                : "Content-Type: application/json");
  request.total_seconds = kCommandSeconds;
  const auto response = portal.perform(request);
  if (!response.ok()) return failed(response.fault());
  const Response& got = response.value();
  if (got.status < 200 || got.status > 299) return refused("command", got);
  jobs::SendReply reply{.done = true, .remedy = {}, .status = got.status, .text = {}, .body = {}};
  if (got.body.empty()) return reply;
  auto json = checked_json(got.body);
  if (!json)
    return failed(base::ask_administrator("publish.command", "the portal's answer is not JSON"));
  reply.body = std::move(*json);
  return reply;
}

}  // namespace publish
