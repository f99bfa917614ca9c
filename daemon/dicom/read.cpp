// The Part 10 head (PS3.10 section 7.1); the data set behind it is walk.cpp's.
#include "dicom/read.h"

#include <cstring>

#include "dicom/byte_order.h"
#include "dicom/uids.h"
#include "dicom/vr.h"
#include "dicom/walk.h"
#include "dicom/window.h"

namespace dicom {
namespace {

constexpr std::uint64_t kPreamble = 128;
constexpr std::uint64_t kLargestHead = 1u << 20;

base::Fault reject(std::string reason) { return base::reject("dicom.read", std::move(reason)); }

struct MetaElement {
  Tag tag;
  VR vr;
  std::uint32_t length = 0;
  std::uint64_t value = 0;  // offset
};

std::string trimmed(const std::uint8_t* at, std::size_t length) {
  std::string text(reinterpret_cast<const char*>(at), length);
  const auto last = text.find_last_not_of(std::string_view(" \0", 2));
  text.resize(last == std::string::npos ? 0 : last + 1);
  return text;
}

class Head {
 public:
  explicit Head(const Source& source) : window_(source), size_(source.size()) {}

  base::Result<File> read();

 private:
  bool more() const { return size_ - position_ >= 8; }
  base::Result<MetaElement> next();
  base::Status keep(const MetaElement& element);
  std::string* place(Tag tag);

  Window window_;
  std::uint64_t size_;
  std::uint64_t position_ = kPreamble + 4;
  std::uint64_t end_ = 0;  // by (0002,0000); 0: not said
  Tag last_{0x0002, 0};
  FileMeta meta_;
};

base::Result<File> Head::read() {
  if (size_ < position_) return reject("not a DICOM file");
  if (std::memcmp(TRY(window_.at(kPreamble, 4)), "DICM", 4) != 0) return reject("not a DICOM file");
  while (more() && position_ != end_) {
    if (read_u16(TRY(window_.at(position_, 2)), false) != 0x0002) break;
    const auto element = TRY(next());
    TRY(keep(element));
  }
  if (end_ != 0 && position_ != end_) return reject("wrong length of the File Meta Information");
  if (meta_.transfer_syntax_uid.empty()) return reject("no Transfer Syntax UID");
  if (is_deflated(meta_.transfer_syntax_uid)) return reject("deflated data set");
  File file;
  file.syntax = transfer_syntax(meta_.transfer_syntax_uid);
  file.meta = std::move(meta_);
  file.data_set_offset = position_;
  file.data_set_size = size_ - position_;
  return file;
}

base::Result<MetaElement> Head::next() {
  const auto* at = TRY(window_.at(position_, 8));
  MetaElement element;
  element.tag = {read_u16(at, false), read_u16(at + 2, false)};
  std::memcpy(element.vr.letters, at + 4, 2);
  element.length = read_u16(at + 6, false);
  position_ += 8;
  if (!is_well_formed(element.vr)) return reject("no VR in " + to_string(element.tag));
  if (has_long_length(element.vr)) {
    element.length = read_u32(TRY(window_.at(position_, 4)), false);
    position_ += 4;
  }
  element.value = position_;
  if (element.length % 2 != 0) return reject("odd length of " + to_string(element.tag));
  if (element.length > size_ - position_ || position_ + element.length > kLargestHead)
    return reject("length past the end in " + to_string(element.tag));
  position_ += element.length;
  return element;
}

std::string* Head::place(Tag tag) {
  switch (tag.element) {
    case 0x0002:
      return &meta_.sop_class_uid;
    case 0x0003:
      return &meta_.sop_instance_uid;
    case 0x0010:
      return &meta_.transfer_syntax_uid;
    case 0x0013:
      return &meta_.implementation_version_name;
    case 0x0016:
      return &meta_.source_ae_title;
    case 0x0018:
      return &meta_.receiving_ae_title;
    default:
      return nullptr;
  }
}

base::Status Head::keep(const MetaElement& element) {
  const bool is_length = element.tag.element == 0;
  const bool first = element.value == kPreamble + 4 + 8;
  if (is_length ? !first : element.tag <= last_)
    return reject("tag out of order or twice: " + to_string(element.tag));
  last_ = element.tag;
  if (is_length && element.length == 4) {
    end_ = position_ + read_u32(TRY(window_.at(element.value, 4)), false);
    return base::Done{};
  }
  if (auto* text = place(element.tag); text && element.length <= 128) {
    const auto* at = TRY(window_.at(element.value, element.length));
    *text = trimmed(at, element.length);
  }
  return base::Done{};
}

}  // namespace

base::Result<File> read_head(const Source& source) { return Head(source).read(); }

base::Result<File> read_file(const Source& source, const Limits& limits) {
  auto file = TRY(read_head(source));
  file.elements = TRY(read_data_set(source, file.data_set_offset, file.syntax, limits));
  return file;
}

}  // namespace dicom
