// What an answer of the portal means for the job: the border between HTTP and Remedy. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobs/send.h"
#include "publish/exchange.h"

namespace publish {

inline constexpr unsigned kMaxReplyDepth = 32;

// RetryLater for 408, 423, 425, 429 and 5xx; AskAdministrator for everything else but 2xx.
base::Remedy remedy_of(int status);

// `text` parsed and written again: valid UTF-8, nested at most kMaxReplyDepth deep, without what
// JSON does not need. nullopt when it is not JSON.
std::optional<std::string> checked_json(std::string_view text);

jobs::SendReply failed(const base::Fault& fault);
// `what` says what was asked of the portal: "upload", "command".
jobs::SendReply refused(std::string_view what, const Response& response);

}  // namespace publish
