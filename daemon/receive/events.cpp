#include "receive/events.h"

#include <unistd.h>

#include <initializer_list>
#include <utility>

#include "base/bytes.h"

namespace receive::events {
namespace {

constexpr std::size_t kLongestValue = 200;
constexpr std::int64_t kRenew = 21;  // days
enum class Priority { Critical = 2, Error = 3, Warning = 4, Notice = 5, Info = 6 };

using Field = std::pair<std::string_view, std::string>;

// One write for a line, so that lines of several processes never mix.
void say(Priority priority, std::string_view event, std::initializer_list<Field> fields) {
  std::string line = "<" + std::to_string(static_cast<int>(priority)) + ">event=";
  line += event;
  for (const auto& [name, value] : fields) {
    line += ' ';
    line += name;
    line += '=';
    line += cleaned(value);
  }
  line += '\n';
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

Field why(const base::Fault& fault) { return {"why", fault.where + ": " + fault.what}; }

}  // namespace

std::string cleaned(std::string_view value) {
  std::string text;
  bool quoted = value.empty();
  for (const char c : value.substr(0, kLongestValue)) {
    const bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
    text += plain ? c : '?';
    quoted = quoted || c == ' ' || c == '=';
  }
  return quoted ? '"' + text + '"' : text;
}

void listening(std::string_view address, bool tls) {
  say(Priority::Info, "listening",
      {{"address", std::string(address)}, {"tls", tls ? "yes" : "no"}});
}

void tls_loaded(std::int64_t days_left) {
  say(days_left < kRenew ? Priority::Warning : Priority::Notice, "tls_loaded",
      {{"days_left", std::to_string(days_left)}});
}

void tls_not_loaded(const base::Fault& fault, bool old_stays) {
  say(Priority::Error, "tls_not_loaded",
      {{"in_force", old_stays ? "the certificate from before" : "none: TLS is refused"},
       why(fault)});
}

void waiting_for_key(const base::Fault& fault) {
  say(Priority::Warning, "waiting_for_spool_key", {why(fault)});
}

void association_ended(std::string_view id, const Address& peer, const Tally& tally,
                       Ending ending) {
  const bool good = ending == Ending::Released && tally.refused == 0;
  say(good ? Priority::Info : Priority::Notice, "association_ended",
      {{"association", std::string(id)},
       {"peer", peer.text()},
       {"calling", tally.calling_ae_title},
       {"called", tally.called_ae_title},
       {"ending", to_string(ending)},
       {"rejection", tally.rejection ? to_string(*tally.rejection) : "none"},
       {"stored", std::to_string(tally.stored)},
       {"refused", std::to_string(tally.refused)},
       {"bytes", std::to_string(tally.bytes)},
       {"tls", tally.protocol.empty() ? "none" : tally.protocol},
       {"certificate", tally.certificate.empty() ? "none" : "sha256:" + tally.certificate}});
}

void association_complaint(std::string_view id, const base::Fault& fault) {
  say(Priority::Warning, "association_complaint", {{"association", std::string(id)}, why(fault)});
}

void connection_refused(const Address& peer, const Rejection& rejection, std::string_view why) {
  say(Priority::Warning, "connection_refused",
      {{"peer", peer.text()}, {"rejection", to_string(rejection)}, {"why", std::string(why)}});
}

void child_crashed(std::string_view id, int signal) {
  say(Priority::Error, "association_crashed",
      {{"association", std::string(id)}, {"signal", std::to_string(signal)}});
}

void not_confined_by(std::string_view what) {
  say(Priority::Warning, "not_confined", {{"missing", std::string(what)}});
}

void settings_reloaded() { say(Priority::Notice, "settings_reloaded", {}); }
void settings_kept() { say(Priority::Error, "settings_kept", {{"why", "the new file is wrong"}}); }

void listening_change_ignored() {
  say(Priority::Warning, "settings_need_restart",
      {{"settings", "receiver.listen receiver.tls.listen storage.directory runtime.directory"}});
}

void folders_swept(std::uint32_t count) {
  say(Priority::Info, "folders_swept", {{"count", std::to_string(count)}});
}

void dispatch_reached() { say(Priority::Info, "dispatch_reached", {}); }

void dispatch_lost(const base::Fault& fault) {
  say(Priority::Warning, "dispatch_lost", {why(fault)});
}

void fault(std::string_view act, const base::Fault& fault) {
  say(Priority::Error, "fault", {{"act", std::string(act)}, why(fault)});
}

void stopping(std::size_t open_associations) {
  say(Priority::Info, "stopping", {{"open", std::to_string(open_associations)}});
}

}  // namespace receive::events
