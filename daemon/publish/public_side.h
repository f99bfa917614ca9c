// The portal's public side as a recipient meets it: by its name, with the certificates that the
// system trusts. Nothing is sent but a request for the page.
#pragma once

#include <string>

#include "jobs/send.h"

namespace publish {

// The reply's body: {"trusted": bool, "why": "...", "not_after": seconds, "status": HTTP status}.
// A certificate that is not trusted is looked at all the same. `ca_file`: instead of the system's.
jobs::SendReply look_at_public_side(const std::string& url, const std::string& ca_file = "");

}  // namespace publish
