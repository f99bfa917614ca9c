// One HTTP request to the portal and its answer, without saying how it travels: publish/https.h
// does it over mutual TLS, a test does it in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace publish {

// A part of an open file, streamed from its place.
struct Extent {
  int fd = -1;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
// How far an upload has come, in bytes; false stops it.
using Progress = std::function<bool(std::uint64_t done, std::uint64_t of)>;

struct Request {
  std::string method;
  std::string path;                       // "/d/1/..."
  std::vector<std::string> headers = {};  // "Name: value"
  std::string body = {};                  // when there is no extent
  std::optional<Extent> extent = {};
  // The portal may stay silent so long: it hashes and syncs what it got before it answers.
  unsigned silence_seconds = 60;
  unsigned total_seconds = 0;                    // 0: as long as bytes move
  std::function<bool(std::uint64_t)> sent = {};  // of the body; false stops the request
};
struct Response {
  int status = 0;
  std::string body;  // at most share::kMaxReply
  std::string location;
  std::string upload_offset;  // header values as they came; empty: none
  std::string upload_length = {};
};

class Exchange {
 public:
  virtual ~Exchange() = default;
  // A Fault when no whole answer came: RetryLater for the network, AskAdministrator for TLS.
  virtual base::Result<Response> perform(const Request& request) = 0;
};

}  // namespace publish
