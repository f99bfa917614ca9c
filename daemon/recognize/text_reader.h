// Text in pictures, read with tesseract (LSTM, English). A detector: what it finds is there, what
// it does not find may be there all the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace recognize {

struct Picture {
  std::uint32_t rows = 0, columns = 0;
  base::Bytes grey;  // rows x columns; 255 is the brightest
};

// Where Debian's tesseract-ocr-eng puts what the engine was trained with.
inline constexpr const char* kTrainedFile = "/usr/share/tesseract-ocr/5/tessdata/eng.traineddata";
inline constexpr const char* kTrainedPackage = "tesseract-ocr-eng";

class TextReader {
 public:
  // From the content of the trained file, so that a confined process needs no file. Not for several
  // threads at once.
  static base::Result<TextReader> create(base::ByteView trained);
  TextReader(TextReader&&) noexcept;
  ~TextReader();

  // The lines of both passes, over tiles where the picture is large: once as it is, and once with
  // nothing but its brightest pixels, each three times as large. Reject when `most` is over: what
  // was not looked at may hold text.
  base::Result<std::vector<std::string>> read(const Picture& picture,
                                              std::chrono::milliseconds most) const;

 private:
  struct State;
  explicit TextReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace recognize
