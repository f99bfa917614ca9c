#include "journal/journal.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace journal {
namespace {

std::string g_role = "dcmcourier";

// $JOURNAL_STREAM names the device and inode of the stream that systemd connected.
bool stderr_is_journal() {
  static const bool is = [] {
    const char* stream = std::getenv("JOURNAL_STREAM");
    unsigned long long device = 0, inode = 0;
    struct stat status {};
    return stream != nullptr && std::sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
  }();
  return is;
}

std::string printable(std::string_view text) {
  std::string result(text.substr(0, 1000));
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return result;
}

std::string field_name(std::string_view name) {
  std::string result = "DCMCOURIER_";
  for (char c : name) result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

void begin(std::string_view role) { g_role = role; }

void write(Level level, std::string_view message_id, std::string_view sentence,
           const Fields& fields) {
  std::vector<std::string> lines = {"PRIORITY=" + std::to_string(static_cast<int>(level)),
                                    "SYSLOG_IDENTIFIER=dcmcourier-" + g_role,
                                    "MESSAGE_ID=" + std::string(message_id)};
  std::string text = printable(sentence);
  for (const auto& [name, value] : fields) {
    lines.push_back(field_name(name) + "=" + printable(value));
    text += " " + std::string(name) + "=" + printable(value);
  }
  if (!stderr_is_journal()) {
    std::fprintf(stderr, "<%d>%s: %s\n", static_cast<int>(level), g_role.c_str(), text.c_str());
    return;
  }
  lines.push_back("MESSAGE=" + text);
  std::vector<iovec> pieces;
  for (auto& line : lines) pieces.push_back({line.data(), line.size()});
  sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
}

}  // namespace journal
