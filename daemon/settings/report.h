// What `dcmcourier check` prints and how it exits; and the settings in effect, for reading.
#pragma once

#include <string>

#include "settings/settings.h"

namespace settings {

struct Report {
  std::string text;   // ends with a line end
  int exit_code = 0;  // sysexits: 0, EX_CONFIG (78), EX_NOINPUT (66) when the file is not there
};
// Complaints, "file:line:column: what; hint", then "N complaints"; or "ok: N routes, N recipients,
// revision ...". Credentials that are missing or that others may read are warnings: systemd may
// bring them later.
Report check_report(const std::string& path);

// Every value in effect, defaults too, as YAML to read; no secrets, since none are in Settings.
std::string print_effective(const Settings& settings);

}  // namespace settings
