// `dcmcourier deidentify`: files de-identified without a service, or shown what would happen.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace command {

struct Deidentification {
  std::string profile;            // "basic,modify_dates"
  std::string config, route;      // or a route's
  std::string key;                // a file with the domain key
  std::vector<std::string> site;  // files with the site's lists
  std::string out;
  std::string on_quarantine;
  bool add = false, diff = false, show_values = false, json = false, quiet = false;
  std::vector<std::string> files;
};

// 0: all released, 3: some quarantined, 1: some could not be read or written, else sysexits.
int run_deidentify(const Deidentification& asked);

// The command's options; `config` is the program's own.
void add_deidentify(CLI::App& app, const std::string& config, Deidentification& asked,
                    int& exit_code);

}  // namespace command
