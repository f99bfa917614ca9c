// dcmcourier-portal: the program for the machine between the hospital and everybody else.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "pairing/pairing.h"
#include "portal/config.h"
#include "portal/serve.h"
#include "portal/tls.h"

namespace {

int complain(const base::Fault& fault) {
  std::fprintf(stderr, "dcmcourier-portal: %s\n", fault.what.c_str());
  return fault.remedy == base::Remedy::RetryLater ? EX_TEMPFAIL : EX_CONFIG;
}

// EX_OK, or what the complaints make of it.
int load(const std::string& path, portal::Config& config) {
  auto loaded = portal::load_config(path);
  for (const auto& complaint : loaded.complaints) std::fprintf(stderr, "%s\n", complaint.c_str());
  config = std::move(loaded.config);
  return loaded.complaints.empty() ? EX_OK : EX_CONFIG;
}

int run_serve(const std::string& path) {
  portal::Config config;
  const int loaded = load(path, config);
  if (loaded != EX_OK) return loaded;
  const auto served = portal::serve(config);
  return served.ok() ? EX_OK : complain(served.fault());
}

int run_check(const std::string& path) {
  portal::Config config;
  const int loaded = load(path, config);
  if (loaded != EX_OK) return loaded;
  const auto keys = portal::check_keys(config);
  if (!keys.ok()) return complain(keys.fault());
  std::printf("%s: good\n", path.c_str());
  return EX_OK;
}

int run_pair(const std::string& folder) {
  const auto pin = pairing::make(folder, "portal-upload.pem", "dcmcourier-portal");
  if (!pin.ok()) {
    std::fprintf(stderr, "dcmcourier-portal: %s\n", pin.fault().what.c_str());
    return EX_CANTCREAT;
  }
  std::printf("%s\n", pin.value().c_str());
  return EX_OK;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("Stores sealed studies and hands them to whoever proves the link.",
               "dcmcourier-portal");
  app.set_version_flag("--version", "dcmcourier-portal " DCMCOURIER_VERSION);
  app.require_subcommand(1);
  std::string config = "/etc/dcmcourier/portal.yaml";
  std::string folder;
  auto* serve = app.add_subcommand("serve", "Serve recipients and the hospital until SIGTERM.");
  serve->add_option("--config", config, "The configuration")->capture_default_str();
  auto* check =
      app.add_subcommand("check", "Read the configuration and the keys, and say why not.");
  check->add_option("--config", config, "The configuration")->capture_default_str();
  auto* pair = app.add_subcommand(
      "pair", "Make the portal's own key for the upload listener and print its pin.");
  pair->add_option("--out", folder, "The folder for portal-upload.pem")->required();
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  if (serve->parsed()) return run_serve(config);
  return check->parsed() ? run_check(config) : run_pair(folder);
}
