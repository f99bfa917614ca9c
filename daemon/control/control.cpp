#include "control/control.h"

#include <nlohmann/json.hpp>

namespace control {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename F>
auto guarded_parse(F&& parse) -> base::Result<decltype(parse())> {
  try {
    return parse();
  } catch (const std::exception&) {
    return base::reject("control.parse", "a message that is not of the agreed form");
  }
}

}  // namespace

std::string write(const Request& request) {
  return dump({{"version", 1}, {"command", request.command}, {"arguments", request.arguments}});
}

base::Result<Request> parse_request(const std::string& text) {
  return guarded_parse([&] {
    const Json json = Json::parse(text);
    if (json.at("version") != 1) throw std::invalid_argument("version");
    return Request{json.at("command"),
                   json.at("arguments").get<std::map<std::string, std::string>>()};
  });
}

std::string write(const Reply& reply) {
  return dump({{"version", 1},
               {"exit_code", reply.exit_code},
               {"text", reply.text},
               {"columns", reply.columns},
               {"rows", reply.rows}});
}

base::Result<Reply> parse_reply(const std::string& text) {
  return guarded_parse([&] {
    const Json json = Json::parse(text);
    return Reply{json.at("exit_code"), json.at("text"),
                 json.at("columns").get<std::vector<std::string>>(),
                 json.at("rows").get<std::vector<std::vector<std::string>>>()};
  });
}

base::Result<Reply> ask(const std::string& socket_path, const Request& request) {
  const auto socket = TRY(jobs::connect_seqpacket(socket_path));
  jobs::Packet packet;
  packet.text = write(request);
  TRY(jobs::send_packet(socket.get(), packet));
  const auto answer = TRY(jobs::receive_packet(socket.get()));
  if (!answer)
    return base::retry_later("control.ask", "dispatch closed the connection without an answer");
  return parse_reply(answer->text);
}

}  // namespace control
