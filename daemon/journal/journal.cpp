#include "journal/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace journal {
namespace {

std::string g_role = "dcmcourier";
int g_journal = -1;

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

// Connected, so that writing needs no address.
int connect_to(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  close(fd);
  return -1;
}

// One write for a line, so that lines of several processes never mix.
void write_line(Level level, const std::string& text) {
  const std::string line =
      "<" + std::to_string(static_cast<int>(level)) + ">" + g_role + ": " + text + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void begin(std::string_view role, const char* socket) {
  g_role = role;
  if (g_journal >= 0) close(g_journal);
  g_journal = stderr_is_journal() ? connect_to(socket) : -1;
}

int descriptor() { return g_journal; }

std::string shown(std::string_view value) {
  std::string text = printable(value);
  if (text.find_first_of("=\"") == text.npos && !text.empty()) return text;
  std::replace(text.begin(), text.end(), '"', '?');
  return '"' + text + '"';
}

// The journal's native protocol: a datagram of NAME=value lines. No value has a line break.
void write(Level level, std::string_view message_id, std::string_view sentence,
           const Fields& fields) {
  std::string entry = "PRIORITY=" + std::to_string(static_cast<int>(level)) +
                      "\nSYSLOG_IDENTIFIER=dcmcourier-" + g_role +
                      "\nMESSAGE_ID=" + std::string(message_id) + "\n";
  std::string text = printable(sentence);
  for (const auto& [name, value] : fields) {
    entry += field_name(name) + "=" + printable(value) + "\n";
    text += " " + std::string(name) + "=" + shown(value);
  }
  entry += "MESSAGE=" + text + "\n";
  if (g_journal < 0 || send(g_journal, entry.data(), entry.size(), MSG_NOSIGNAL) < 0)
    write_line(level, text);
}

}  // namespace journal
