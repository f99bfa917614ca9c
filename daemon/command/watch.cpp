#include "command/watch.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>

namespace command {
namespace {

constexpr const char* kHome = "\x1B[H";
constexpr const char* kRestOfLine = "\x1B[K";
constexpr const char* kRestOfScreen = "\x1B[J";

void end_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { _exit(0); };
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaction(signal, &action, nullptr);
}

// The first characters of a line of UTF-8.
std::string cut(const std::string& line, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if ((line[i] & 0xC0) != 0x80) ++seen;
    if (seen > columns) return line.substr(0, i);
  }
  return line;
}

std::string clock_line(unsigned seconds) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[20];
  std::strftime(text, sizeof text, "%H:%M:%S", &parts);
  return std::string(text) + ", every " + std::to_string(seconds) + " s; Ctrl-C ends\n\n";
}

void draw_in_place(const std::string& text) {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) size = {24, 80, 0, 0};
  std::fputs(frame(text, size.ws_row, size.ws_col).c_str(), stdout);
}

}  // namespace

std::string frame(const std::string& text, std::size_t lines, std::size_t columns) {
  std::string screen = kHome;
  std::size_t begin = 0;
  for (std::size_t line = 0; line + 1 < lines && begin < text.size(); ++line) {
    const auto end = std::min(text.find('\n', begin), text.size());
    screen += cut(text.substr(begin, end - begin), columns) + kRestOfLine + "\r\n";
    begin = end + 1;
  }
  return screen + kRestOfScreen;
}

void watch(unsigned seconds, const std::function<std::string()>& draw) {
  end_on_signals();
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  for (bool first = true;; first = false) {
    const std::string text = draw();
    if (terminal) {
      draw_in_place(clock_line(seconds) + text);
    } else {
      std::fputs(((first ? "" : "\n") + text).c_str(), stdout);
    }
    if (std::fflush(stdout) != 0) _exit(0);
    sleep(seconds);
  }
}

}  // namespace command
