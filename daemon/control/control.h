// The control socket: one request, one reply, between `dcmcourier` and dispatch. Both are JSON text
// in a packet of the jobs' kind; the types are flat so that no library shows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "jobs/packet.h"

namespace control {

struct Request {
  std::string command;                           // "shares", "revoke", ...
  std::map<std::string, std::string> arguments;  // "id" -> "3f2a..."
};

// A table to list, or a sentence; both may be there. Values are text already.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};
struct Reply {
  int exit_code = 0;  // sysexits
  std::string text;   // what to print, with its newline left off
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<Table> more = {};  // for people, below the first; JSON has the first alone
};

std::string write(const Request& request);
base::Result<Request> parse_request(const std::string& text);
std::string write(const Reply& reply);
base::Result<Reply> parse_reply(const std::string& text);

// The client's side: connects, asks, waits; for so many seconds at most, 0: as long as it takes.
base::Result<Reply> ask(const std::string& socket_path, const Request& request,
                        unsigned seconds = 0);

}  // namespace control
