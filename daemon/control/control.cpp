#include "control/control.h"

#include <poll.h>

#include <nlohmann/json.hpp>

namespace control {
namespace {

using Json = nlohmann::json;
using Cells = std::vector<std::string>;

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
  Json more = Json::array();
  for (const auto& table : reply.more)
    more.push_back({{"columns", table.columns}, {"rows", table.rows}});
  return dump({{"version", 1},
               {"exit_code", reply.exit_code},
               {"text", reply.text},
               {"columns", reply.columns},
               {"rows", reply.rows},
               {"more", std::move(more)}});
}

base::Result<Reply> parse_reply(const std::string& text) {
  return guarded_parse([&] {
    const Json json = Json::parse(text);
    if (!json.at("exit_code").is_number_integer()) throw std::invalid_argument("exit_code");
    Reply reply{json.at("exit_code"), json.at("text"), json.at("columns").get<Cells>(),
                json.at("rows").get<std::vector<Cells>>()};
    for (const auto& table : json.value("more", Json::array()))
      reply.more.push_back(
          {table.at("columns").get<Cells>(), table.at("rows").get<std::vector<Cells>>()});
    return reply;
  });
}

base::Result<Reply> ask(const std::string& socket_path, const Request& request, unsigned seconds) {
  const auto socket = TRY(jobs::connect_seqpacket(socket_path));
  jobs::Packet packet;
  packet.text = write(request);
  TRY(jobs::send_packet(socket.get(), packet));
  pollfd ready{socket.get(), POLLIN, 0};
  if (seconds > 0 && poll(&ready, 1, static_cast<int>(seconds) * 1000) == 0)
    return base::retry_later("control.ask", "no answer in " + std::to_string(seconds) + " s");
  const auto answer = TRY(jobs::receive_packet(socket.get()));
  if (!answer)
    return base::retry_later("control.ask", "dispatch closed the connection without an answer");
  return parse_reply(answer->text);
}

}  // namespace control
