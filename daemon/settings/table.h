// The daemon's settings, described once.
#pragma once

#include "settings/schema.h"
#include "settings/settings.h"

namespace settings {

const Table<Settings>& settings_table();
Table<Receiver> receiver_table();
// A file of routes.d: {routes: [...]}.
Table<route::Rule> rule_table();
Table<route::Recipient> recipient_table();

}  // namespace settings
