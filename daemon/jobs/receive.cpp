#include "jobs/receive.h"

#include "jobs/json_parts.h"

namespace jobs {

base::Status send_report(int socket, const ReceiveReport& report) {
  Json open = Json::array();
  for (const auto& association : report.open)
    open.push_back({association.id, association.in_flight});
  return send_packet(socket, {dump({{"kind", "associations"}, {"open", std::move(open)}}), {}, {}});
}

base::Result<ReceiveReport> parse_report(const Packet& packet) {
  return guarded_parse([&] {
    const Json json = parse_whole(packet.text);
    if (json.at("kind") != "associations") throw std::invalid_argument("kind");
    ReceiveReport report;
    for (const auto& pair : json.at("open"))
      report.open.push_back({pair.at(0).get<std::string>(), pair.at(1).get<bool>()});
    return report;
  });
}

}  // namespace jobs
