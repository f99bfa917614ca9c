#include "recognize/shared_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "recognize/library.h"

namespace recognize {
namespace {

constexpr std::uint64_t kLargest = 64u << 20;  // of trained data

std::string untrained() {
  return std::string("the reader of text has no trained data; install ") + kTrainedPackage;
}

disk::Descriptor opened(const std::string& path) {
  return disk::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
}

}  // namespace

std::string trained_file() {
  const char* folder = std::getenv("TESSDATA_PREFIX");
  return folder == nullptr || *folder == '\0' ? kTrainedFile
                                              : std::string(folder) + "/eng.traineddata";
}

std::optional<std::string> what_is_missing(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) return untrained();
  const auto library = load_library();
  return library.ok() ? std::nullopt : std::optional(library.fault().what);
}

SharedReader::SharedReader(std::string path) : path_(std::move(path)), file_(opened(path_)) {}

base::Status SharedReader::create() {
  if (!file_.valid()) file_ = opened(path_);  // it may have come since
  if (!file_.valid()) return base::ask_administrator("recognize", untrained());
  const auto size = TRY(disk::size_of(file_.get()));
  if (size > kLargest) return base::ask_administrator("recognize", untrained());
  base::Bytes trained(static_cast<std::size_t>(size));
  TRY(disk::read_exact_at(file_.get(), trained, 0));
  reader_.emplace(TRY(TextReader::create(trained)));
  return base::Done{};
}

base::Result<std::vector<std::string>> SharedReader::read(const Picture& picture,
                                                          std::chrono::milliseconds most) {
  const std::lock_guard lock(alone_);
  if (!reader_) TRY(create());
  return reader_->read(picture, most);
}

}  // namespace recognize
