// The settings: one file (and routes.d/ beside it), one schema table, every complaint at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret_bytes.h"
#include "route/route.h"
#include "settings/complaint.h"

namespace settings {

struct Caller {
  std::string ae_title;          // "*" for any
  std::string address;           // "10.1.2.3", "10.1.2.0/24", "2001:db8::/32"; empty for any
  std::string certificate = {};  // "sha256:<hex>", "dns:NAME", "subject:DN"; empty: any, or none
  bool tls = false;              // over TLS alone; so is a caller that names a certificate
};
struct ReceiverTLS {
  std::vector<std::string> listen;  // as Receiver::listen
  std::string certificate, key;     // PEM: an absolute path or "credential:NAME"; empty: no TLS
  std::string client_ca;            // the same; empty: clients are not asked for certificates
  bool require_client = true;       // with client_ca: no association without a certificate
  bool on() const { return !certificate.empty(); }
};
struct Receiver {
  std::vector<std::string> ae_titles;
  std::vector<std::string> listen;  // "[::]:11112", "127.0.0.1:104"; port 0 allowed (tests)
  std::vector<Caller> callers;
  ReceiverTLS tls;
  unsigned max_associations = 64;
  unsigned max_associations_per_peer = 16;
  std::uint64_t max_instance_size = 8ull << 30;
  unsigned association_timeout = 10;  // seconds until A-ASSOCIATE-RQ is complete
  unsigned idle_timeout = 60;         // between commands
};
struct Storage {
  std::string directory = "/var/lib/dcmcourier";
  std::uint64_t low_water_bytes = 0;  // the smaller of 10 % and 20 GB, when 0
  double low_water_part = 0.10;
  double outbox_part = 0.10;
};
struct Studies {
  std::int64_t quiet_period = 60, longest_wait = 4 * 3600, keep = 14 * 86400;  // seconds
};
struct Portal {
  std::string url;     // what links begin with: "https://share.example.org"
  std::string upload;  // "host:port"
  std::string pin;     // "sha256:<hex of SHA-256 over the SubjectPublicKeyInfo>"
  std::string key;     // "credential:portal-key": PEM with private key and certificate
};
struct Mail {
  std::string server;          // "smtps://host[:465]" or "smtp://host[:587]" (STARTTLS required)
  std::string user, password;  // password is "credential:NAME"
  std::string from;
  std::string ca_file;  // further trust anchors, PEM; empty: the system's
};
struct Sender {
  std::string name, department, telephone;
};
struct Workers {
  unsigned work = 2, verify = 1, send = 4;
};
// deidentify/*.yaml: what the hospital adds to the engine's own lists.
struct SiteLists {
  std::vector<std::string> names, number_patterns, allowed_words, device_rules;
  std::string digest = {};  // of what they say; empty: nothing
};
struct Settings {
  Receiver receiver;
  Storage storage;
  std::string runtime_directory = "/run/dcmcourier";  // the sockets
  Studies studies;
  Portal portal;
  Mail mail;
  Sender sender;
  Workers workers;
  std::vector<route::Recipient> recipients;
  route::Policy routing = route::Policy::FirstMatch;
  std::vector<route::Rule> routes;
  SiteLists site;
  std::string domain_key = "credential:deidentify-key";
  std::string kek = "credential:kek";
  base::Bytes vault_key;  // the public half: a point of P-256, 65 bytes; empty: no route asks
  std::string revision;   // first 12 hex digits of SHA-256 over all files read
};

struct Loaded {
  Settings settings;                  // meaningful only without complaints
  std::vector<Complaint> complaints;  // all of them, in the order of the files
};
Loaded load(const std::string& path);

// A file of site lists by itself, added to `lists`; what is wrong with it.
std::vector<Complaint> load_site_lists(const std::string& path, SiteLists& lists);

// "credential:NAME": $CREDENTIALS_DIRECTORY/NAME, else credentials/NAME beside the configuration
// file. Trailing newline taken off; at most 64 KiB.
base::Result<base::SecretBytes> credential(const std::string& reference,
                                           const std::string& configuration_path);
// Where that file is (for libraries that want a path).
base::Result<std::string> credential_path(const std::string& reference,
                                          const std::string& configuration_path);
// An absolute path as it stands, a reference as credential_path has it.
base::Result<std::string> path_of(const std::string& path_or_reference,
                                  const std::string& configuration_path);

}  // namespace settings
