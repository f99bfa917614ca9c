#include "portal/wire.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "share/limits.h"

namespace portal {
namespace {

using nlohmann::json;

constexpr std::size_t kReplyRoom = 900 * 1024;  // below share::kMaxReply, with the frame around

base::Fault refused(const char* what) { return base::reject("portal.wire", what); }

base::Result<json> parse_object(const std::string& body) {
  json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return refused("not a JSON object");
  return object;
}

std::optional<Digest> read_digest(const json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto bytes = base::from_base64url(value.get_ref<const std::string&>());
  Digest digest{};
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

void add_optional(json& object, const StoredEvent& event) {
  if (event.share) object["share"] = share::id_text(*event.share);
  if (event.blob) object["blob"] = share::id_text(*event.blob);
  if (event.arm != 0) object["arm"] = event.arm;
  if (event.issue != 0) object["issue"] = event.issue;
  if (event.bytes != 0) object["bytes"] = event.bytes;
  if (event.count != 0) object["count"] = event.count;
  if (!event.payload.empty()) object["payload"] = base::to_base64url(base::as_bytes(event.payload));
  if (!event.mac.empty()) object["mac"] = base::to_base64url(event.mac);
  if (!event.visitor.address.empty()) object["address"] = event.visitor.address;
  if (!event.visitor.agent.empty()) object["agent"] = event.visitor.agent;
}

std::string write_event(const StoredEvent& event) {
  json object = {{"number", event.number}, {"at", event.at}, {"kind", event.kind}};
  add_optional(object, event);
  for (const share::Scope scope : event.scopes) object["scopes"].push_back(share::word(scope));
  return object.dump();
}

}  // namespace

base::Result<FinishRequest> parse_finish_request(const std::string& body) {
  const json object = TRY(parse_object(body));
  for (const auto& member : object.items())
    if (member.key() != "sha256" && member.key() != "sums") return refused("an unknown member");
  FinishRequest request;
  const auto sums = object.contains("sums") ? read_digest(object["sums"]) : std::nullopt;
  if (!sums) return refused("sums is not a digest");
  request.sums = *sums;
  if (object.contains("sha256") && !object["sha256"].is_null()) {
    request.sha256 = read_digest(object["sha256"]);
    if (!request.sha256) return refused("sha256 is not a digest");
  }
  return request;
}

std::string write_finish_answer(const Id& id, std::uint64_t length, const Digest& sums) {
  return json{{"id", share::id_text(id)}, {"length", length}, {"sums", base::to_base64url(sums)}}
      .dump();
}

std::string write_event_list(const std::vector<StoredEvent>& events, bool more,
                             base::UnixSeconds now) {
  std::string list;
  for (const StoredEvent& event : events) {
    const std::string text = write_event(event);
    if (list.size() + text.size() > kReplyRoom) {
      more = true;
      break;
    }
    list += (list.empty() ? "" : ",") + text;
  }
  return "{\"events\":[" + list + "],\"more\":" + (more ? "true" : "false") +
         ",\"now\":" + std::to_string(now) + "}";
}

std::string write_clock(base::UnixSeconds now, base::UnixSeconds wall, bool jumped) {
  json object = {{"now", now}};
  if (jumped) object.update({{"jumped", true}, {"clock", wall}});
  return object.dump();
}

base::Result<base::UnixSeconds> parse_confirm(const std::string& body) {
  const json object = TRY(parse_object(body));
  if (object.size() != 1 || !object.contains("confirm") || !object["confirm"].is_number_unsigned())
    return refused("confirm is not a time");
  const auto seconds = object["confirm"].get<std::uint64_t>();
  if (seconds > share::kMaxInteger) return refused("confirm is not a time");
  return static_cast<base::UnixSeconds>(seconds);
}

std::string write_error(const char* what) { return json{{"error", what}}.dump(); }

std::string write_incomplete(std::uint64_t offset) {
  return json{{"error", "incomplete"}, {"offset", offset}}.dump();
}

}  // namespace portal
