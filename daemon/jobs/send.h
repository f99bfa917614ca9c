// The jobs of a send child: one upload, one message to the portal, one mail.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "base/fault.h"
#include "jobs/packet.h"

namespace jobs {

// tus upload of one blob under the id that we chose, resumed where it broke off, then finish.
struct UploadJob {
  std::array<std::uint8_t, 16> blob{};
  std::uint64_t sealed_length = 0;
  std::array<std::uint8_t, 32> sums_sha256{};
  disk::Descriptor file;
};
// One idempotent command of docs/share.md section 10.
struct PortalJob {
  std::string method;  // GET, PUT, POST, DELETE
  std::string path;    // "/d/1/shares/..."
  std::string body;    // JSON or empty
};
struct MailJob {
  std::string envelope_from;
  std::string to;
  std::string message;  // whole RFC 5322 message, CRLF
};
// Looks, for `doctor`: nothing is delivered. What is looked at stands in the settings.
struct MailCheckJob {};    // TLS and log-in
struct PublicCheckJob {};  // the portal's public side, with its certificate
using SendJob = std::variant<UploadJob, PortalJob, MailJob, MailCheckJob, PublicCheckJob>;

struct SendReply {
  bool done = false;
  base::Remedy remedy = base::Remedy::RetryLater;  // when not done
  int status = 0;                                  // HTTP status or SMTP code, 0: none came
  std::string text;  // what to tell the administrator; no patient data, at most 500 characters
  std::string body;  // reply of the portal: JSON, checked to be JSON, at most 1 MiB
};

}  // namespace jobs
