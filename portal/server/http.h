// Requests and answers as the portal's own code sees them: no HTTP library in sight. The transport
// (transport.h) reads and writes them; a Service answers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "disk/descriptor.h"

namespace portal {

struct Head {
  std::string method;
  std::string target;                          // as it came, never decoded
  std::map<std::string, std::string> headers;  // lower-case names; repeated ones joined by ", "
  std::string address;                         // of the peer
  std::optional<std::uint64_t> content_length;

  std::string_view header(const char* name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

// Part of a file as the body of an answer.
struct FilePart {
  disk::Descriptor file;
  std::uint64_t offset = 0, length = 0;
  std::function<bool()> live;                // asked while it is sent; false cuts the transfer
  std::function<void(std::uint64_t)> ended;  // called once, with the bytes that were sent
};

class Response {
 public:
  explicit Response(unsigned status = 200) : status_(status) {}
  static Response json(unsigned status, std::string body);

  // The only way a header gets into an answer: a name or value that could begin another line
  // turns the answer into an empty 500.
  Response& set_header(std::string_view name, std::string_view value);
  unsigned status() const { return status_; }
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }

  std::string body;
  std::shared_ptr<FilePart> part;
  bool close = false;  // the connection, after this answer

 private:
  unsigned status_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

// Takes a body that is too large to keep, piece by piece.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool take(base::ByteView piece) = 0;  // false: stop reading, the answer is known
  virtual Response finish(bool whole) = 0;      // also when the peer went away: `whole` is false
};

struct ReadBody {
  std::size_t limit;
};
// How to go on once the head is read.
using Plan = std::variant<Response, ReadBody, std::unique_ptr<Sink>>;

// Called by several threads at once.
class Service {
 public:
  virtual ~Service() = default;
  virtual Plan admit(const Head& head) = 0;
  virtual Response answer(const Head& head, const std::string& body) = 0;  // after ReadBody
  // An answer that the transport makes itself: 400, 408, 413, 431.
  virtual Response refuse(unsigned status) = 0;
};

}  // namespace portal
