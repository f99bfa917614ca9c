#include "jobs/send.h"

#include "jobs/json.h"
#include "jobs/json_parts.h"

namespace jobs {
namespace {

constexpr std::size_t kMaxReplyText = 500;
constexpr std::size_t kMaxReplyBody = 1u << 20;

Json to_json(const UploadJob& job) {
  return {{"kind", "upload"},
          {"blob", hex_of(job.blob)},
          {"sealed_length", job.sealed_length},
          {"sums_sha256", hex_of(job.sums_sha256)}};
}
Json to_json(const PortalJob& job) {
  return {{"kind", "portal"}, {"method", job.method}, {"path", job.path}, {"body", job.body}};
}
Json to_json(const MailJob& job) {
  return {{"kind", "mail"},
          {"envelope_from", job.envelope_from},
          {"to", job.to},
          {"message", job.message}};
}

Json to_json(const MailCheckJob&) { return {{"kind", "mail_check"}}; }
Json to_json(const PublicCheckJob&) { return {{"kind", "public_check"}}; }

SendJob from_json(const Json& json, Packet& packet) {
  const auto kind = json.at("kind").get<std::string>();
  if (kind == "upload" && packet.descriptors.size() == 1)
    return UploadJob{array_from_hex<16>(json.at("blob")),
                     json.at("sealed_length").get<std::uint64_t>(),
                     array_from_hex<32>(json.at("sums_sha256")), std::move(packet.descriptors[0])};
  if (kind == "portal") return PortalJob{json.at("method"), json.at("path"), json.at("body")};
  if (kind == "mail") return MailJob{json.at("envelope_from"), json.at("to"), json.at("message")};
  if (kind == "mail_check") return MailCheckJob{};
  if (kind == "public_check") return PublicCheckJob{};
  throw std::invalid_argument("kind");
}

// What a server said may be in any encoding: dump() puts three bytes in the place of each that is
// not UTF-8, so the text is cut behind that, and between characters.
std::string short_text(const std::string& text) {
  auto clean = Json::parse(dump(text)).get<std::string>();
  if (clean.size() <= kMaxReplyText) return clean;
  std::size_t end = kMaxReplyText;
  while ((clean[end] & 0xC0) == 0x80) --end;
  clean.resize(end);
  return clean;
}

}  // namespace

Packet write(SendJob job) {
  Packet packet;
  packet.text = dump(std::visit([](const auto& one) { return to_json(one); }, job));
  if (auto* upload = std::get_if<UploadJob>(&job))
    packet.descriptors.push_back(std::move(upload->file));
  return packet;
}

base::Result<SendJob> parse_send_job(Packet packet) {
  return guarded_parse([&] { return from_json(parse_whole(packet.text), packet); });
}

Packet write(const SendReply& reply) {
  return {dump({{"kind", "sent"},
                {"done", reply.done},
                {"remedy", static_cast<int>(reply.remedy)},
                {"status", reply.status},
                {"text", short_text(reply.text)},
                {"body", reply.body}}),
          {},
          {}};
}

SendReply send_reply_from_json(const Json& json) {
  SendReply reply;
  json.at("done").get_to(reply.done);
  const int remedy = json.at("remedy").get<int>();
  if (remedy < 0 || remedy > 2) throw std::invalid_argument("remedy");
  reply.remedy = static_cast<base::Remedy>(remedy);
  json.at("status").get_to(reply.status);
  json.at("text").get_to(reply.text);
  json.at("body").get_to(reply.body);
  if (reply.text.size() > kMaxReplyText || reply.body.size() > kMaxReplyBody)
    throw std::invalid_argument("too long");
  return reply;
}

namespace {

// A child that was hijacked must not make dispatch build a tree of gigabytes out of brackets and
// commas: each becomes a value of some fifty bytes.
bool is_modest(std::string_view text) {
  constexpr std::size_t kMaxDepth = 16, kMaxValues = 4'000'000;
  std::size_t depth = 0, values = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    const bool opens = c == '{' || c == '[';
    if (opens) ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (opens || c == ',') ++values;
    if (depth > kMaxDepth || values > kMaxValues) return false;
  }
  return true;
}

}  // namespace

base::Result<FromChild> parse_from_child(const Packet& packet) {
  if (!is_modest(packet.text))
    return base::reject("jobs.parse", "a message of more values than a job needs");
  return guarded_parse([&]() -> FromChild {
    const Json json = parse_whole(packet.text);
    const auto kind = json.at("kind").get<std::string>();
    if (kind == "fetch") return Fetch{json.at("from"), json.at("count")};
    if (kind == "progress") return Progress{json.at("done"), json.at("of")};
    if (kind == "examined") return examine_reply_from_json(json);
    if (kind == "digested")
      return DigestReply{json.at("data_sets").get<std::vector<std::string>>()};
    if (kind == "prepared") return prepare_reply_from_json(json);
    if (kind == "verified") return verify_reply_from_json(json);
    if (kind == "sent") return send_reply_from_json(json);
    throw std::invalid_argument("kind");
  });
}

}  // namespace jobs
