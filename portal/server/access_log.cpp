#include "portal/access_log.h"

#include <unistd.h>

#include "portal/target.h"

namespace portal {

void log_line(int priority, const std::string& text) {
  const std::string line = "<" + std::to_string(priority) + ">" + text + "\n";
  // One write, so that lines of several threads do not mix; a log that is gone stops nothing.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void log_access(const std::string& listener, const std::string& address, const std::string& method,
                const std::string& target, unsigned status, std::uint64_t bytes) {
  const bool known = method == "GET" || method == "HEAD" || method == "POST" || method == "PUT" ||
                     method == "PATCH" || method == "DELETE" || method == "OPTIONS";
  log_line(6, listener + ' ' + address + ' ' + (known ? method : "-") + ' ' + log_label(target) +
                  ' ' + std::to_string(status) + ' ' + std::to_string(bytes));
}

}  // namespace portal
