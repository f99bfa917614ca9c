// Messages of the portal that the share room does not have: what dispatch is told about visitors
// and about the clock, and a finish without a digest of the whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "portal/store.h"

namespace portal {

struct FinishRequest {
  std::optional<Digest> sha256;  // of the stored bytes; absent or null: not computed
  Digest sums{};
};
base::Result<FinishRequest> parse_finish_request(const std::string& body);
std::string write_finish_answer(const Id& id, std::uint64_t length, const Digest& sums);

// Members as in share::write_events, and address and agent where there are any. Takes as many of
// the events as one reply holds and says whether there are more.
std::string write_event_list(const std::vector<StoredEvent>& events, bool more,
                             base::UnixSeconds now);

// {now, jumped}: `jumped` while serving stands still until dispatch confirms.
std::string write_clock(base::UnixSeconds now, base::UnixSeconds wall, bool jumped);
base::Result<base::UnixSeconds> parse_confirm(const std::string& body);  // {confirm: seconds}

std::string write_error(const char* what);  // {"error": what}
std::string write_incomplete(std::uint64_t offset);

}  // namespace portal
