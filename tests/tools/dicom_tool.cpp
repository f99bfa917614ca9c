// The dicom room on files, so that tests can hold it against other people's readers.
//   dicom_tool walk FILE          every element, one a line: path, VR, length or shape; or the
//   reason dicom_tool rewrite IN OUT     read, then written again dicom_tool time FILE COUNT
//   microseconds for one reading, in memory
// Exit code 65: the file was rejected.
#include <chrono>
#include <cstdio>
#include <string>

#include "dicom/read.h"
#include "dicom/write.h"

namespace {

using dicom::Element;

class PlainFile : public dicom::Source {
 public:
  explicit PlainFile(const char* path) : file_(std::fopen(path, "rb")) {
    if (!file_) std::exit(66);
    std::fseek(file_, 0, SEEK_END);
    size_ = static_cast<std::uint64_t>(std::ftell(file_));
  }
  ~PlainFile() override { std::fclose(file_); }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  std::uint64_t size() const override { return size_; }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    std::fseek(file_, static_cast<long>(offset), SEEK_SET);
    if (std::fread(into.data(), 1, into.size(), file_) == into.size()) return base::Done{};
    return base::reject("dicom_tool", "the file ends too early");
  }

 private:
  std::FILE* file_;
  std::uint64_t size_ = 0;
};

class OutFile : public dicom::Sink {
 public:
  explicit OutFile(const char* path) : file_(std::fopen(path, "wb")) {}
  ~OutFile() override { std::fclose(file_); }
  OutFile(const OutFile&) = delete;
  OutFile& operator=(const OutFile&) = delete;
  base::Status write(base::ByteView bytes) override {
    written += std::fwrite(bytes.data(), 1, bytes.size(), file_);
    return base::Done{};
  }
  std::uint64_t written = 0;

 private:
  std::FILE* file_;
};

void print(const std::vector<Element>& elements, const std::string& path) {
  for (const auto& element : elements) {
    const auto here = path + dicom::to_string(element.tag);
    const auto vr = element.vr.str();
    switch (element.shape) {
      case Element::Shape::Value:
        std::printf("%s %s %zu\n", here.c_str(), vr.c_str(), element.value.size());
        break;
      case Element::Shape::Extent:
        std::printf("%s %s %ju\n", here.c_str(), vr.c_str(), element.extents[0].length);
        break;
      case Element::Shape::Encapsulated:
        std::printf("%s %s fragments %zu\n", here.c_str(), vr.c_str(), element.extents.size() - 1);
        break;
      case Element::Shape::Sequence:
        std::printf("%s %s items %zu\n", here.c_str(), vr.c_str(), element.items.size());
        for (std::size_t i = 0; i < element.items.size(); ++i)
          print(element.items[i].elements, here + "[" + std::to_string(i) + "]");
        break;
    }
  }
}

int refused(const base::Fault& fault) {
  std::fprintf(stderr, "%s\n", fault.what.c_str());
  return 65;
}

int rewrite(const dicom::File& file, const PlainFile& source, const char* path) {
  OutFile out(path);
  const auto status = dicom::write_file(file, source, out);
  if (!status.ok()) return refused(status.fault());
  return out.written == dicom::written_size(file) ? 0 : 70;
}

int time(const PlainFile& source, int count) {
  base::Bytes bytes(static_cast<std::size_t>(source.size()));
  if (!source.read(0, bytes).ok()) return 66;
  const dicom::MemorySource memory(bytes);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i)
    if (!dicom::read_file(memory).ok()) return 65;
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  std::printf("%.2f\n", took.count() / count);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 2 ? argv[1] : "";
  if (verb.empty()) return 64;
  const PlainFile source(argv[2]);
  const auto file = dicom::read_file(source);
  if (!file.ok()) return refused(file.fault());
  if (verb == "walk") {
    print(file.value().elements, "");
    return 0;
  }
  if (verb == "rewrite" && argc == 4) return rewrite(file.value(), source, argv[3]);
  if (verb == "time" && argc == 4) return time(source, std::atoi(argv[3]));
  return 64;
}
