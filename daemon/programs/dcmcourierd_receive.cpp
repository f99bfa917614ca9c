// dcmcourierd-receive: the role that listens for DICOM. Powers: the network, and creating files in
// the spool, sealed to a key that it cannot open.
#include <sys/stat.h>
#include <sysexits.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.h"
#include "receive/receiver.h"
#include "settings/settings.h"

namespace {

constexpr const char* kUsage =
    "usage: dcmcourierd-receive --config FILE\n"
    "\n"
    "Listens for DICOM associations (C-ECHO, C-STORE) and seals what arrives into the spool.\n"
    "Prints \"listening ADDRESS:PORT\" for each socket, \" tls\" behind it where TLS is spoken. "
    "SIGHUP reads the configuration again,\n"
    "SIGTERM ends after the instances that are arriving, at most 10 s later.\n"
    "\n"
    "  --config FILE   the configuration (dcmcourier.yaml(5))\n"
    "  --help          this text\n"
    "  --version       the version, and nothing else\n";

// nullopt: something that should narrow it cannot be read.
std::optional<receive::AllowedCaller> allowed_caller(const settings::Caller& caller) {
  receive::AllowedCaller allowed{.ae_title = caller.ae_title, .network = {}, .tls = caller.tls};
  if (!caller.address.empty()) allowed.network = receive::parse_network(caller.address);
  if (!caller.certificate.empty())
    allowed.certificate = receive::parse_certificate_name(caller.certificate);
  const bool whole = allowed.network.has_value() == !caller.address.empty() &&
                     allowed.certificate.has_value() == !caller.certificate.empty();
  return whole ? std::optional(allowed) : std::nullopt;
}

// False after complaining about a reference that leads nowhere.
bool add_tls(const settings::ReceiverTLS& tls, const std::string& path,
             receive::Configuration& configuration) {
  if (!tls.on()) return true;
  configuration.tls_listen = tls.listen;
  configuration.tls.require_client = tls.require_client;
  for (const auto& [from, to] : {std::pair(&tls.certificate, &configuration.tls.certificate),
                                 std::pair(&tls.key, &configuration.tls.key),
                                 std::pair(&tls.client_ca, &configuration.tls.client_ca)}) {
    if (from->empty()) continue;
    auto file = settings::path_of(*from, path);
    if (!file.ok()) {
      std::fprintf(stderr, "<3>%s: receiver.tls: %s\n", path.c_str(), file.fault().what.c_str());
      return false;
    }
    *to = std::move(file).value();
  }
  return true;
}

receive::Configuration places_and_limits(const settings::Settings& settings) {
  receive::Configuration configuration;
  configuration.listen = settings.receiver.listen;
  configuration.spool = settings.storage.directory + "/spool";
  configuration.report_socket = settings.runtime_directory + "/receive.sock";
  configuration.policy.ae_titles = settings.receiver.ae_titles;
  configuration.times.associate = settings.receiver.association_timeout * 1000;
  configuration.times.idle = settings.receiver.idle_timeout * 1000;
  configuration.max_associations = settings.receiver.max_associations;
  configuration.max_associations_per_peer = settings.receiver.max_associations_per_peer;
  configuration.max_instance_size = settings.receiver.max_instance_size;
  configuration.low_water_bytes = settings.storage.low_water_bytes;
  configuration.low_water_part = settings.storage.low_water_part;
  return configuration;
}

// Every complaint is printed; nullopt when there is one.
std::optional<receive::Configuration> load(const std::string& path) {
  const settings::Loaded loaded = settings::load(path);
  for (const settings::Complaint& complaint : loaded.complaints)
    std::fprintf(stderr, "<3>%s\n", settings::to_string(complaint).c_str());
  if (!loaded.complaints.empty()) return std::nullopt;
  receive::Configuration configuration = places_and_limits(loaded.settings);
  if (!add_tls(loaded.settings.receiver.tls, path, configuration)) return std::nullopt;
  for (const settings::Caller& caller : loaded.settings.receiver.callers) {
    const auto allowed = allowed_caller(caller);
    if (!allowed) {
      std::fprintf(stderr, "<3>%s: receiver.callers: an address or certificate that is none\n",
                   path.c_str());
      return std::nullopt;
    }
    configuration.policy.callers.push_back(*allowed);
  }
  return configuration;
}

int complain(const base::Fault& fault, int code) {
  std::fprintf(stderr, "<2>%s: %s\n", fault.where.c_str(), fault.what.c_str());
  return code;
}

int receive_until_stopped(const std::string& path) {
  journal::begin("receive");
  const base::Status wiping = tls::wipe_what_is_freed();
  if (!wiping.ok()) return complain(wiping.fault(), EX_SOFTWARE);
  auto configuration = load(path);
  if (!configuration) return EX_CONFIG;
  umask(0007);
  auto receiver = receive::Receiver::create(*std::move(configuration));
  if (!receiver.ok()) return complain(receiver.fault(), EX_CANTCREAT);
  const base::Status ended = receiver.value()->run([&path] { return load(path); });
  return ended.ok() ? EX_OK : complain(ended.fault(), EX_OSERR);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view first = count > 1 ? arguments[1] : "";
  if (first == "--help") {
    std::fputs(kUsage, stdout);
    return EX_OK;
  }
  if (first == "--version") return std::puts("dcmcourierd-receive " DCMCOURIER_VERSION) < 0;
  if (first == "--config" && count == 3) return receive_until_stopped(arguments[2]);
  if (first.starts_with("--config=") && count == 2)
    return receive_until_stopped(std::string(first.substr(9)));
  std::fputs(kUsage, stderr);
  return EX_USAGE;
}
