// HTTP to one portal, and nothing else: its own origin, no redirects, certificates always checked.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace opener {

struct Answer {
  long status = 0;
  std::string body;
};

class Transport {
 public:
  // Takes the next bytes of a body; a Fault breaks the transfer off and is what get() returns.
  using Sink = std::function<base::Status(base::ByteView)>;

  // `ca_file`: empty for the system's authorities.
  static base::Result<Transport> create(std::string origin, std::string ca_file);
  Transport(Transport&&) noexcept;
  ~Transport();

  // Any answer of the portal is a value; no answer is RetryLater, an untrusted certificate
  // AskAdministrator.
  base::Result<Answer> post(const std::string& path, const std::string& json);
  // The bytes from `offset` on, into `sink` when the status is 200 or 206; returns the status.
  // A 200 to an `offset` above 0 is RetryLater, and the sink sees none of it.
  base::Result<long> get(const std::string& path, const std::string& bearer, std::uint64_t offset,
                         const Sink& sink);

 private:
  struct State;
  explicit Transport(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace opener
