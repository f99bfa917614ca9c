// The reader of a process that may never need one: made when the first picture comes, and used by
// one thread at a time.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "disk/descriptor.h"
#include "recognize/text_reader.h"

namespace recognize {

// $TESSDATA_PREFIX/eng.traineddata, or Debian's.
std::string trained_file();
// What is missing for reading, and what to install; nullopt: nothing.
std::optional<std::string> what_is_missing(const std::string& path = trained_file());

class SharedReader : public Reader {
 public:
  // Opens the file and reads nothing of it: to be made before a process is confined. That there is
  // none is told when a picture comes: AskAdministrator.
  explicit SharedReader(std::string path = trained_file());

  base::Result<std::vector<std::string>> read(const Picture& picture,
                                              std::chrono::milliseconds most) override;

 private:
  base::Status create();
  std::string path_;
  disk::Descriptor file_;
  std::mutex alone_;
  std::optional<TextReader> reader_;
};

}  // namespace recognize
