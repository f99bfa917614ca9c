// The running portal: opens what the configuration names, serves until SIGTERM.
#pragma once

#include "base/result.h"
#include "portal/config.h"

namespace portal {

// Prints "public ADDRESS" and "upload ADDRESS" on standard output when it is ready.
base::Status serve(const Config& config);

// Everything of a configuration that can be tried without serving: the keys and certificates.
base::Status check_keys(const Config& config);

}  // namespace portal
