// Text in pictures, read with tesseract (LSTM, English). A detector: what it finds is there, what
// it does not find may be there all the same.
#pragma once

#include <memory>

#include "recognize/reader.h"

namespace recognize {

// Where Debian's tesseract-ocr-eng puts what the engine was trained with.
inline constexpr const char* kTrainedFile = "/usr/share/tesseract-ocr/5/tessdata/eng.traineddata";
inline constexpr const char* kTrainedPackage = "tesseract-ocr-eng";

class TextReader : public Reader {
 public:
  // From the content of the trained file, so that a confined process needs no file. Not for several
  // threads at once.
  static base::Result<TextReader> create(base::ByteView trained);
  TextReader(TextReader&&) noexcept;
  ~TextReader() override;

  // The lines of both passes, over tiles where the picture is large: once as it is, and once with
  // nothing but its brightest pixels, each three times as large and without speckle.
  base::Result<std::vector<std::string>> read(const Picture& picture,
                                              std::chrono::milliseconds most) override;

 private:
  struct State;
  explicit TextReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace recognize
