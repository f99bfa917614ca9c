// Explaining files that an administrator has at hand, without a service: which route they would
// match.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "control/control.h"
#include "settings/settings.h"

namespace command {

struct AsIf {  // what an association would have told
  std::string calling_ae_title, called_ae_title, peer_address;
};
base::Result<control::Reply> explain_files(const settings::Settings& settings,
                                           const std::vector<std::string>& files,
                                           const AsIf& as_if);

}  // namespace command
