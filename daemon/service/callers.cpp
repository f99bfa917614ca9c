#include "service/callers.h"

#include "route/tree.h"

namespace service {
namespace {

std::string note_of(const settings::Caller& caller) { return "caller:" + caller_name(caller); }

bool is_of(const settings::Caller& caller, const std::string& ae_title,
           const std::string& address) {
  if (caller.ae_title != "*" && caller.ae_title != ae_title) return false;
  bool telling = true;
  return caller.address.empty() || route::is_in_network(address, caller.address, telling);
}

base::Result<base::UnixSeconds> noted(House& house, const std::string& note) {
  const auto text = TRY(house.ledger->note(note));
  return text.empty() ? base::UnixSeconds{0} : base::UnixSeconds{std::stoll(text)};
}

}  // namespace

std::string caller_name(const settings::Caller& caller) {
  const std::string title = caller.ae_title.empty() ? "*" : caller.ae_title;
  return caller.address.empty() ? title : title + " from " + caller.address;
}

base::Status SeenCallers::saw(const ledger::Instance& instance,
                              const std::string& calling_ae_title) {
  auto peer = peers_.find(instance.association);
  if (peer == peers_.end()) {
    const auto association = TRY(house_.ledger->association(instance.association));
    const std::string address = association ? association->peer_address : "";
    peer = peers_.emplace(instance.association, address).first;
  }
  for (const auto& caller : house_.settings.receiver.callers) {
    if (!is_of(caller, calling_ae_title, peer->second)) continue;
    auto& latest = latest_[note_of(caller)];
    latest = std::max(latest, instance.received_at);
  }
  return base::Done{};
}

base::Status SeenCallers::keep() {
  for (const auto& [note, at] : latest_)
    if (TRY(noted(house_, note)) < at) TRY(house_.ledger->set_note(note, std::to_string(at)));
  return base::Done{};
}

base::Result<std::vector<std::pair<std::string, base::UnixSeconds>>> callers_last_seen(
    House& house) {
  std::vector<std::pair<std::string, base::UnixSeconds>> list;
  for (const auto& caller : house.settings.receiver.callers)
    list.emplace_back(caller_name(caller), TRY(noted(house, note_of(caller))));
  return list;
}

}  // namespace service
