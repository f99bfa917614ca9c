// One line for each answered request, on standard error: listener, peer, method, what log_label
// leaves of the target, status, bytes. Never a query, a proof, a ticket or a blob id.
#pragma once

#include <cstdint>
#include <string>

namespace portal {

void log_access(const std::string& listener, const std::string& address, const std::string& method,
                const std::string& target, unsigned status, std::uint64_t bytes);
void log_line(int priority, const std::string& text);  // "<6>..."

}  // namespace portal
