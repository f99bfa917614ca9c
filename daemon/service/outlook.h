// What the routes say of a study as it stands now: who is to get which bundle. Asked when it is
// complete, and once before, so that its bundles can be prepared while it is waited for.
#pragma once

#include <string>
#include <vector>

#include "service/house.h"

namespace service {

struct Delivery {
  const route::Rule* rule = nullptr;  // of the settings
  std::string recipient;
  ledger::Bundle bundle;  // as it would be planned
};
struct Outlook {
  std::string hold;                  // why it may not go on
  std::vector<Delivery> deliveries;  // none, and nothing to hold it for: unrouted
};
base::Result<Outlook> outlook(House& house, const ledger::Study& study);

// One bundle per preparation: the digest of all that determines its content. A study that gets
// another instance, or another identifier to search for, is another preparation.
base::Result<base::Bytes> preparation_of(House& house, const ledger::Bundle& bundle);

}  // namespace service
