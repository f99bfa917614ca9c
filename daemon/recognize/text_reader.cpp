#include "recognize/text_reader.h"

#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>

#include <algorithm>

#include "recognize/enlarge.h"

// Of libgomp, with which tesseract is built; its header is the compiler's own.
extern "C" void omp_set_max_active_levels(int levels);

namespace recognize {
namespace {

using Clock = std::chrono::steady_clock;

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
  base::Bytes trained;
  tesseract::TessBaseAPI api;

  base::Status read(const Picture& large, Clock::time_point until, std::vector<std::string>& lines);
};

TextReader::TextReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextReader::TextReader(TextReader&&) noexcept = default;
TextReader::~TextReader() = default;

base::Result<TextReader> TextReader::create(base::ByteView trained) {
  // Its loops ask for four threads each, whatever the machine has.
  omp_set_max_active_levels(0);
  auto state = std::make_unique<State>();
  state->trained = base::to_bytes(trained);
  auto& api = state->api;
  const int failed = api.Init(
      reinterpret_cast<const char*>(state->trained.data()), static_cast<int>(state->trained.size()),
      "eng", tesseract::OEM_LSTM_ONLY, nullptr, 0, nullptr, nullptr, false, nullptr);
  if (failed != 0)
    return base::ask_administrator(
        "recognize", std::string("the trained data of tesseract cannot be used: ") + kTrainedFile +
                         " (Debian: " + kTrainedPackage + ")");
  api.SetVariable("debug_file", "/dev/null");
  api.SetVariable("user_defined_dpi", "300");
  api.SetPageSegMode(tesseract::PSM_SPARSE_TEXT);
  return TextReader(std::move(state));
}

base::Status TextReader::State::read(const Picture& large, Clock::time_point until,
                                     std::vector<std::string>& lines) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  if (left <= 0) return late();
  api.SetImage(large.grey.data(), static_cast<int>(large.columns), static_cast<int>(large.rows), 1,
               static_cast<int>(large.columns));
  tesseract::ETEXT_DESC monitor;
  monitor.set_deadline_msecs(static_cast<std::int32_t>(std::min<std::int64_t>(left, 3'600'000)));
  const int failed = api.Recognize(&monitor);
  if (failed != 0 || Clock::now() >= until) return late();
  const std::unique_ptr<char[]> text(api.GetUTF8Text());
  if (text) add_lines(text.get(), lines);
  api.Clear();
  api.ClearAdaptiveClassifier();
  return base::Done{};
}

base::Result<std::vector<std::string>> TextReader::read(const Picture& picture,
                                                        std::chrono::milliseconds most) const {
  if (picture.grey.size() != std::size_t{picture.rows} * picture.columns || picture.grey.empty())
    return base::reject("recognize", "a picture of another size than it says");
  const auto until = Clock::now() + most;
  std::vector<std::string> lines;
  for (const auto& tile : tiles_of(picture.rows, picture.columns)) {
    if (is_blank(picture, tile)) continue;
    for (const bool brightest : {false, true})
      TRY(state_->read(enlarged(picture, tile, brightest), until, lines));
  }
  return lines;
}

}  // namespace recognize
