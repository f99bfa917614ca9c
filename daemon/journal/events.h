// Everything that dispatch can say, one function an event. Each has its MESSAGE_ID; the catalog in
// packaging/ gives the remedy.
#pragma once

#include <cstdint>
#include <string>

#include "base/fault.h"

namespace journal {

void dispatch_ready(const std::string& revision);
void settings_swapped(const std::string& revision);
void settings_refused(std::size_t complaints);
void instance_quarantined(std::int64_t instance, const std::string& reason);
void study_completed(std::int64_t study, std::size_t instances);
void study_held(std::int64_t study, const std::string& reason);
void study_unrouted(std::int64_t study);
void study_routed(std::int64_t study, std::size_t shares);
void bundle_sealed(std::int64_t bundle, std::int64_t instances);
void bundle_held(std::int64_t bundle, const std::string& reason);
void bundle_published(std::int64_t bundle);
void share_announced(const std::string& share);
void share_held(const std::string& share, const std::string& reason);
void share_opened(const std::string& share);
void share_ended(const std::string& share, const std::string& state);
void delivery_retried(const std::string& what, const std::string& answer, std::int64_t pause);
void child_lost(const std::string& role, const std::string& what);
void clock_jumped();
void outbox_full();
void fault(const std::string& act, const base::Fault& fault);

}  // namespace journal
