// Which abstract syntaxes and transfer syntaxes an association is offered (PS3.4 Annex B, PS3.6).
#pragma once

#include <string_view>

namespace receive {

inline constexpr std::string_view kVerificationSOPClass = "1.2.840.10008.1.1";

// Verification, every storage SOP class, and whatever is not known to be something else: private
// classes and those of later editions are stored like any other.
bool accepts_abstract_syntax(std::string_view uid);

}  // namespace receive
