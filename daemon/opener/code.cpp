#include "opener/code.h"

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "disk/descriptor.h"

namespace opener {
namespace {

constexpr std::size_t kMaxCodeFile = 4096;
constexpr int kAsks = 5;

base::Fault bad_code(const char* what) { return base::reject("opener.typed", what); }

const char* what_a_code_is(share::Mode mode) {
  return mode == share::Mode::Phrase ? "this is no code: it has six words or more"
                                     : "this is no code: it has twelve letters and digits, such as "
                                       "0V1M-9ZKT-2B8D";
}

base::Result<std::string> read_line(int fd) {
  std::string line;
  for (char c = 0; line.size() < kMaxCodeFile;) {
    const auto got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::ask_administrator("opener.input", "the code cannot be read");
    if (got == 0 || c == '\n') break;
    if (c != '\r') line += c;
  }
  return line;
}

// Echo off while it lives.
class Silence {
 public:
  explicit Silence(int terminal) : terminal_(terminal) {
    if (tcgetattr(terminal_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
  }
  ~Silence() {
    if (changed_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int terminal_;
  termios before_{};
  bool changed_ = false;
};

void say(int terminal, const char* text) {
  (void)disk::write_all(terminal, base::as_bytes(text)).ok();
}

base::Result<std::string> ask_person(share::Mode mode) {
  const disk::Descriptor terminal(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid())
    return base::reject("opener.usage",
                        "this share needs a code: give --code-file (- for standard input)");
  for (int i = 0; i < kAsks; ++i) {
    say(terminal.get(), "Code: ");
    std::string typed;
    {
      const Silence silence(terminal.get());
      typed = TRY(read_line(terminal.get()));
    }
    say(terminal.get(), "\n");
    const auto code = share::normal_code(mode, typed);
    explicit_bzero(typed.data(), typed.size());
    if (code) return *code;
    say(terminal.get(), what_a_code_is(mode));
    say(terminal.get(), "\n");
  }
  return bad_code(what_a_code_is(mode));
}

}  // namespace

base::Result<std::string> ask_code(share::Mode mode, const std::string& file) {
  if (mode == share::Mode::LinkOnly) return std::string();
  if (file.empty()) return ask_person(mode);
  disk::Descriptor opened(file == "-" ? dup(STDIN_FILENO)
                                      : open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.valid())
    return base::ask_administrator("opener.input", "the code file cannot be opened");
  auto typed = TRY(read_line(opened.get()));
  const auto code = share::normal_code(mode, typed);
  explicit_bzero(typed.data(), typed.size());
  if (!code) return bad_code(what_a_code_is(mode));
  return *code;
}

}  // namespace opener
