// One mail to the mail server, over TLS (plain only on a loopback address), once: repeating is the
// runner's business. Its promise: `done` only after the server took the message (250).
#pragma once

#include <functional>
#include <string>

#include "base/secret_bytes.h"
#include "jobs/send.h"

namespace announce {

struct MailServer {
  std::string url;   // "smtps://host[:465]" or "smtp://host[:587]" (STARTTLS required)
  std::string user;  // empty: no AUTH
  base::SecretBytes password;
  std::string ca_file;  // trust anchors instead of the system's, PEM; empty: the system's
  unsigned connect_seconds = 10;
  // Between two replies. A server may take minutes to judge a message (RFC 5321 4.5.3.2), and
  // leaving early means mailing twice.
  unsigned reply_seconds = 300;
};

// RetryLater: network, 4xx. AskAdministrator: TLS, credentials, 5xx, a wrong server address.
// Reject: an address that is none. `wanted` is asked when the server is ready for the message:
// where nobody would learn that it was taken, it is not given.
jobs::SendReply send_mail(const MailServer& server, const jobs::MailJob& job,
                          const std::function<bool()>& wanted = {});

// As far as a mail would come without one: connecting, TLS, log-in. `reply_seconds` bounds it.
jobs::SendReply log_in(const MailServer& server);

}  // namespace announce
