#include "receive/events.h"

#include "journal/journal.h"

namespace receive::events {
namespace {

using journal::Level;
using journal::write;

constexpr std::int64_t kRenew = 21;  // days

std::string number(std::uint64_t n) { return std::to_string(n); }

// AE titles are ASCII, or somebody's mistake.
std::string cleaned(std::string text) {
  for (char& c : text)
    if (c < 0x20 || c == 0x7F) c = '?';
  return text;
}

}  // namespace

void listening(std::string_view address, bool tls) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0015", "waiting for associations",
        {{"address", std::string(address)}, {"tls", tls ? "yes" : "no"}});
}

void waiting_for_key(const base::Fault& fault) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0016",
        "no key to seal to, so that nothing can be received",
        {{"reason", fault.what}, {"where", fault.where}});
}

void association_ended(std::string_view id, const Address& peer, const Tally& tally,
                       Ending ending) {
  const bool good = ending == Ending::Released && tally.refused == 0;
  write(good ? Level::Info : Level::Notice, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0017",
        "an association has ended",
        {{"association", std::string(id)},
         {"peer", peer.text()},
         {"calling", cleaned(tally.calling_ae_title)},
         {"called", cleaned(tally.called_ae_title)},
         {"ending", to_string(ending)},
         {"rejection", tally.rejection ? to_string(*tally.rejection) : "none"},
         {"stored", number(tally.stored)},
         {"refused", number(tally.refused)},
         {"bytes", number(tally.bytes)},
         {"tls", tally.protocol.empty() ? "none" : tally.protocol},
         {"certificate", tally.certificate.empty() ? "none" : "sha256:" + tally.certificate}});
}

void association_complaint(std::string_view id, const base::Fault& fault) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0018",
        "something of an association was refused",
        {{"association", std::string(id)}, {"reason", fault.what}, {"where", fault.where}});
}

void connection_refused(const Address& peer, const Rejection& rejection, std::string_view why) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0019", "a connection was refused",
        {{"peer", peer.text()}, {"rejection", to_string(rejection)}, {"reason", std::string(why)}});
}

void connection_ended(const Address& peer, std::string_view why) {
  write(Level::Notice, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0025",
        "a connection that said nothing was ended",
        {{"peer", peer.text()}, {"reason", std::string(why)}});
}

void child_crashed(std::string_view id, int signal) {
  write(Level::Error, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d001a", "the process of an association crashed",
        {{"association", std::string(id)}, {"signal", std::to_string(signal)}});
}

void not_confined_by(std::string_view what) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d001b",
        "this kernel confines less than it should", {{"missing", std::string(what)}});
}

void settings_reloaded() {
  write(Level::Notice, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d001c", "receiving goes by the new settings");
}

void settings_kept() {
  write(Level::Error, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d001d",
        "the new settings are refused, receiving goes by the old ones");
}

void listening_change_ignored() {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d001e",
        "a change of addresses or folders counts from the next start");
}

void folders_swept(std::uint32_t count) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d001f", "empty folders of a crash are swept",
        {{"count", number(count)}});
}

void dispatch_reached() {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0020", "dispatch is reached");
}

void dispatch_lost(const base::Fault& fault) {
  write(Level::Warning, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0021",
        "dispatch is not reached; receiving goes on",
        {{"reason", fault.what}, {"where", fault.where}});
}

void stopping(std::size_t open_associations) {
  write(Level::Info, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0022", "no more associations are accepted",
        {{"open", number(open_associations)}});
}

void tls_loaded(std::int64_t days_left) {
  write(days_left < kRenew ? Level::Warning : Level::Notice, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0023",
        "a certificate for DICOM over TLS is in force", {{"days_left", std::to_string(days_left)}});
}

void tls_not_loaded(const base::Fault& fault, bool old_stays) {
  write(Level::Error, "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0024",
        "the certificate for DICOM over TLS cannot be used",
        {{"in_force", old_stays ? "the one from before" : "none; TLS is refused"},
         {"reason", fault.what},
         {"where", fault.where}});
}

}  // namespace receive::events
