// What receiving can say, one function an event, each with its MESSAGE_ID as in journal/events.h.
// No UIDs, no patient data; words that a peer chose are cleaned.
#pragma once

#include <string_view>

#include "base/fault.h"
#include "receive/association.h"

namespace receive::events {

void listening(std::string_view address, bool tls);
void tls_loaded(std::int64_t days_left);
void tls_not_loaded(const base::Fault& fault, bool old_stays);
void waiting_for_key(const base::Fault& why);
void association_ended(std::string_view id, const Address& peer, const Tally& tally, Ending ending);
void association_complaint(std::string_view id, const base::Fault& fault);
void connection_refused(const Address& peer, const Rejection& rejection, std::string_view why);
void connection_ended(const Address& peer, std::string_view why);
void child_crashed(std::string_view id, int signal);
void not_confined_by(std::string_view what);
void settings_reloaded();
void settings_kept();
void listening_change_ignored();
void folders_swept(std::uint32_t count);
void dispatch_reached();
void dispatch_lost(const base::Fault& fault);
void stopping(std::size_t open_associations);

}  // namespace receive::events
