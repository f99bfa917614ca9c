#include "settings/cross_check.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "route/directory.h"
#include "settings/schema.h"
#include "settings/values.h"

namespace settings {
namespace {

std::string file_name(const Node& node) {
  return std::filesystem::path(*node.file).filename().string();
}

// The node at a path of keys, or the deepest one on the way there.
const Node& nearest_node(const Node& root, std::initializer_list<const char*> path) {
  const Node* at = &root;
  for (const char* name : path) {
    const Node* next = at->find(name);
    if (next == nullptr) break;
    at = next;
  }
  return *at;
}

void check_receiver(const Receiver& receiver, const Node& root, Complaints& complaints) {
  const Node* callers = nearest_node(root, {"receiver"}).find("callers");
  if (callers == nullptr || !(callers->is_list() || callers->is_nothing())) return;
  if (receiver.callers.empty()) {
    complaints.add(*callers, "callers is empty: nobody may call",
                   "name each modality, as {ae_title: CT01, address: 10.1.2.0/24}");
  }
  for (const Node& caller : callers->items) {
    if (caller.is_map() && caller.items.empty()) complaints.add(caller, "this caller names nobody");
  }
  const Node* titles = nearest_node(root, {"receiver"}).find("ae_titles");
  if (titles != nullptr && titles->is_list() && titles->items.empty()) {
    complaints.add(*titles, "ae_titles is empty: this node answers to no name");
  }
  const Node* listen = nearest_node(root, {"receiver"}).find("listen");
  if (!receiver.tls.on() && listen != nullptr && listen->is_list() && listen->items.empty()) {
    complaints.add(*listen, "listen is empty: there is nowhere to call");
  }
}

void check_tls(const ReceiverTLS& tls, const Node& node, Complaints& complaints) {
  if (!node.is_map() || node.items.empty()) return;
  if (tls.certificate.empty() || tls.key.empty())
    complaints.add(node, "tls needs both certificate and key",
                   "docs/operations.md says how to make them");
  if (tls.listen.empty()) complaints.add(node, "tls.listen is empty: there is nowhere to call");
  const Node* asked = node.find("client_certificate");
  if (asked != nullptr && tls.client_ca.empty())
    complaints.add(*asked, "client_certificate without client_ca",
                   "name the file of those whose certificates are believed");
}

// A caller that could never be admitted is a mistake, and not a locked door.
void check_proofs(const Receiver& receiver, const Node& root, Complaints& complaints) {
  const Node* callers = nearest_node(root, {"receiver"}).find("callers");
  if (callers == nullptr || !callers->is_list()) return;
  for (std::size_t i = 0; i < std::min(callers->items.size(), receiver.callers.size()); ++i) {
    const Caller& caller = receiver.callers[i];
    const Node& node = callers->items[i];
    const bool named = !caller.certificate.empty();
    if ((named || caller.tls) && !receiver.tls.on())
      complaints.add(node, "this caller may call over TLS alone, and receiver.tls is missing");
    else if (named && receiver.tls.client_ca.empty())
      complaints.add(*node.find("certificate"),
                     "a certificate, but receiver.tls.client_ca is missing",
                     "it may hold this certificate itself");
  }
}

void check_studies(const Studies& studies, const Node& root, Complaints& complaints) {
  if (studies.longest_wait >= studies.quiet_period) return;
  complaints.add(
      nearest_node(root, {"studies", "longest_wait"}),
      "longest_wait is shorter than quiet_period (" + format_duration(studies.quiet_period) + ")");
}

void check_mail(const Node& root, Complaints& complaints) {
  const Node& mail = nearest_node(root, {"mail"});
  const Node *user = mail.find("user"), *password = mail.find("password");
  if (user != nullptr && password == nullptr) {
    complaints.add(*user, "mail.user without a password", "add password: credential:mail-password");
  }
  if (user == nullptr && password != nullptr) {
    complaints.add(*password, "mail.password without a user");
  }
}

// Two recipients under one name would make every look-up ambiguous.
void check_known_as(const Node& root, Complaints& complaints) {
  const Node* recipients = root.find("recipients");
  if (recipients == nullptr || !recipients->is_map()) return;
  std::map<std::string, std::string> first;
  for (std::size_t i = 0; i < recipients->items.size(); ++i) {
    const Node* known_as = recipients->items[i].find("known_as");
    if (known_as == nullptr || !known_as->is_list()) continue;
    const std::string& id = recipients->names[i].text;
    for (const Node& name : known_as->items) {
      const auto [seen, fresh] = first.emplace(route::fold_name(name.text), id);
      if (fresh || seen->second == id) continue;
      complaints.add(name,
                     "'" + name.text + "' is known as recipient '" + seen->second + "' already",
                     "a look-up could not choose between the two");
    }
  }
}

std::vector<std::string> ids_of(const Node& root) {
  std::vector<std::string> ids;
  const Node* recipients = root.find("recipients");
  if (recipients == nullptr) return ids;
  for (const Node& name : recipients->names) ids.push_back(name.text);
  return ids;
}

void check_recipients(const Node& route, const std::vector<std::string>& ids,
                      Complaints& complaints) {
  const Node* recipients = route.find("recipients");
  if (recipients == nullptr || !recipients->is_list()) return;
  for (const Node& recipient : recipients->items) {
    if (!recipient.is_scalar()) continue;
    if (std::find(ids.begin(), ids.end(), recipient.text) != ids.end()) continue;
    complaints.add(recipient, "unknown recipient '" + recipient.text + "'",
                   did_you_mean(recipient.text, ids));
  }
}

void check_purpose(const Node& route, Complaints& complaints) {
  const Node* deidentify = route.find("deidentify");
  if (deidentify == nullptr || !deidentify->is_scalar() || deidentify->text != "none") return;
  const Node& share = nearest_node(route, {"share"});
  if (share.find("purpose") != nullptr) return;
  complaints.add(*deidentify, "deidentify: none needs a purpose",
                 "add share: {purpose: treatment}, or whatever the purpose is");
}

// Without the key there would be no entry, and without an entry nothing may leave.
void check_vault(const Settings& settings, const Node& root, const Node& route,
                 Complaints& complaints) {
  const Node* vault = nearest_node(route, {"deidentify"}).find("vault");
  if (vault == nullptr || !vault->is_scalar() || (vault->text != "true" && vault->text != "yes"))
    return;
  const Node* key = nearest_node(root, {"keys"}).find("vault");
  if (!settings.vault_key.empty() || key != nullptr) return;
  complaints.add(*vault, "vault: true needs keys.vault, the public half of the vault's key",
                 "'dcmcourier keys vault --private FILE' makes it and prints what goes there");
}

void check_names(const std::vector<Node>& routes, Complaints& complaints) {
  std::map<std::string, const Node*> first;
  for (const Node& route : routes) {
    const Node* name = route.find("name");
    if (name == nullptr || !name->is_scalar()) continue;
    const auto [seen, fresh] = first.emplace(name->text, name);
    if (fresh) continue;
    complaints.add(*name, "a second route named '" + name->text + "'",
                   "the first is in " + file_name(*seen->second) + ", line " +
                       std::to_string(seen->second->line));
  }
}

// Without routes a node may receive and keep; with one it must be able to deliver.
void check_ways_out(const Node& root, const std::vector<Node>& routes, Complaints& complaints) {
  if (routes.empty()) return;
  for (const char* section : {"portal", "mail", "sender"}) {
    if (root.find(section) != nullptr) continue;
    complaints.add(root, "'" + std::string(section) + "' is missing",
                   "without it no route can deliver");
  }
}

}  // namespace

void cross_check(const Settings& settings, const Node& root, const std::vector<Node>& routes,
                 Complaints& complaints) {
  if (!root.is_map()) return;
  check_receiver(settings.receiver, root, complaints);
  const Node* tls = nearest_node(root, {"receiver"}).find("tls");
  if (tls != nullptr) check_tls(settings.receiver.tls, *tls, complaints);
  check_proofs(settings.receiver, root, complaints);
  check_studies(settings.studies, root, complaints);
  check_mail(root, complaints);
  check_known_as(root, complaints);
  const auto ids = ids_of(root);
  for (const Node& route : routes) {
    check_recipients(route, ids, complaints);
    check_purpose(route, complaints);
    check_vault(settings, root, route, complaints);
  }
  check_names(routes, complaints);
  check_ways_out(root, routes, complaints);
}

}  // namespace settings
