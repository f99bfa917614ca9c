#include "recognize/text_reader.h"

#include <algorithm>
#include <ctime>

#include "recognize/crowd.h"
#include "recognize/enlarge.h"
#include "recognize/functions.h"

namespace recognize {
namespace {

// Of this thread: on a busy machine a picture takes no more of it, only longer.
struct Clock {
  static std::chrono::nanoseconds now() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
  }
};

bool is_over(void* until, int) {
  return Clock::now() >= *static_cast<std::chrono::nanoseconds*>(until);
}

base::Fault late() {
  return base::reject("recognize", "the pixels could not be searched for text in time");
}

// Lines as they stand, without empty ones.
void add_lines(const std::string& text, std::vector<std::string>& lines) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

struct TextReader::State {
  const Library* library;
  base::Bytes trained;
  TessBaseAPI* api;

  State(const Library* with, base::ByteView data)
      : library(with), trained(base::to_bytes(data)), api(with->create()) {}
  State(const State&) = delete;
  ~State() { library->destroy(api); }

  bool begin();
  bool recognize(std::chrono::nanoseconds until);
  base::Status read(const Picture& large, std::chrono::nanoseconds until,
                    std::vector<std::string>& lines);
};

bool TextReader::State::begin() {
  const auto* data = reinterpret_cast<const char*>(trained.data());
  if (library->init(api, data, static_cast<int>(trained.size()), "eng", tesseract::OEM_LSTM_ONLY,
                    nullptr, 0, nullptr, nullptr, 0, 0) != 0)
    return false;
  library->set_variable(api, "debug_file", "/dev/null");
  library->set_variable(api, "user_defined_dpi", "300");
  library->set_page_mode(api, tesseract::PSM_SPARSE_TEXT);
  return true;
}

TextReader::TextReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextReader::TextReader(TextReader&&) noexcept = default;
TextReader::~TextReader() = default;

base::Result<TextReader> TextReader::create(base::ByteView trained) {
  auto state = std::make_unique<State>(TRY(load_library()), trained);
  if (!state->begin())
    return base::ask_administrator(
        "recognize", std::string("the trained data of tesseract cannot be used: ") + kTrainedFile +
                         " (Debian: " + kTrainedPackage + ")");
  return TextReader(std::move(state));
}

bool TextReader::State::recognize(std::chrono::nanoseconds until) {
  // Its loops ask for four threads each, whatever the machine has. This holds for one thread.
  library->set_parallel(0);
  auto* monitor = library->create_monitor();
  library->set_cancel(monitor, is_over);
  library->set_cancel_with(monitor, &until);
  const int failed = library->recognize(api, monitor);
  library->delete_monitor(monitor);
  return failed == 0;
}

base::Status TextReader::State::read(const Picture& large, std::chrono::nanoseconds until,
                                     std::vector<std::string>& lines) {
  if (is_over(&until, 0)) return late();
  library->set_image(api, large.grey.data(), static_cast<int>(large.columns),
                     static_cast<int>(large.rows), 1, static_cast<int>(large.columns));
  if (!recognize(until) || is_over(&until, 0)) return late();
  if (char* text = library->text(api)) {
    add_lines(text, lines);
    library->delete_text(text);
  }
  library->clear(api);
  library->forget(api);
  return base::Done{};
}

base::Result<std::vector<std::string>> TextReader::read(const Picture& picture,
                                                        std::chrono::milliseconds most) {
  if (picture.grey.size() != std::size_t{picture.rows} * picture.columns || picture.grey.empty())
    return base::reject("recognize", "a picture of another size than it says");
  const auto until = Clock::now() + most;
  std::vector<std::string> lines;
  for (const auto& tile : tiles_of(picture.rows, picture.columns)) {
    if (is_blank(picture, tile)) continue;
    for (const bool brightest : {false, true})
      TRY(state_->read(enlarged(without_crowd(inked(picture, tile, brightest))), until, lines));
  }
  return lines;
}

}  // namespace recognize
