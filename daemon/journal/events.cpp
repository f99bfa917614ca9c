#include "journal/events.h"

#include "journal/journal.h"

namespace journal {
namespace {

std::string number(std::int64_t n) { return std::to_string(n); }

}  // namespace

void dispatch_ready(const std::string& revision) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0001", "ready", {{"settings", revision}});
}
void settings_swapped(const std::string& revision) {
  write(Level::Notice, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0002", "new settings are in force",
        {{"settings", revision}});
}
void settings_refused(std::size_t complaints) {
  write(Level::Error, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0003",
        "the new settings are refused, the old ones stay in force",
        {{"complaints", std::to_string(complaints)}});
}
void instance_quarantined(std::int64_t instance, const std::string& reason) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0004", "an instance is quarantined",
        {{"instance", number(instance)}, {"reason", reason}});
}
void study_completed(std::int64_t study, std::size_t instances) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0005", "a study is complete",
        {{"study", number(study)}, {"instances", std::to_string(instances)}});
}
void study_held(std::int64_t study, const std::string& reason) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0006", "a study is held",
        {{"study", number(study)}, {"reason", reason}});
}
void study_unrouted(std::int64_t study) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0007",
        "no route matches a study; it is kept and not sent", {{"study", number(study)}});
}
void study_routed(std::int64_t study, std::size_t shares) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0008", "a study is routed",
        {{"study", number(study)}, {"shares", std::to_string(shares)}});
}
void bundle_sealed(std::int64_t bundle, std::int64_t instances) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0009", "a bundle is sealed and verified",
        {{"bundle", number(bundle)}, {"instances", number(instances)}});
}
void bundle_held(std::int64_t bundle, const std::string& reason) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d000a", "a bundle is held",
        {{"bundle", number(bundle)}, {"reason", reason}});
}
void bundle_published(std::int64_t bundle) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d000b", "a bundle is at the portal",
        {{"bundle", number(bundle)}});
}
void share_announced(const std::string& share) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d000c", "a share is announced",
        {{"share", share}});
}
void share_held(const std::string& share, const std::string& reason) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d000d", "a share is held",
        {{"share", share}, {"reason", reason}});
}
void share_opened(const std::string& share) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d000e", "a share was opened with its key",
        {{"share", share}});
}
void share_ended(const std::string& share, const std::string& state) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d000f", "a share has ended",
        {{"share", share}, {"state", state}});
}
void delivery_retried(const std::string& what, const std::string& answer, std::int64_t pause) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0010",
        "a delivery step failed and will be tried again",
        {{"what", what}, {"answer", answer}, {"pause", number(pause)}});
}
void child_lost(const std::string& role, const std::string& what) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0011", "a child died with its job",
        {{"child", role}, {"what", what}});
}
void clock_jumped() {
  write(Level::Error, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0012",
        "the clock jumped forward by more than an hour; nothing is purged until `dcmcourier clock "
        "confirm`");
}
void outbox_full() {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0013",
        "the outbox has no room; sealing waits, receiving goes on");
}
void fault(const std::string& act, const base::Fault& fault) {
  write(Level::Error, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0014", act + ": " + fault.what,
        {{"where", fault.where}});
}

}  // namespace journal
