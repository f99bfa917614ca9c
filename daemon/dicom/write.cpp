#include "dicom/write.h"

#include <algorithm>

#include "dicom/byte_order.h"
#include "dicom/uids.h"
#include "dicom/vr.h"

namespace dicom {
namespace {

constexpr Tag kItem{0xFFFE, 0xE000};
constexpr Tag kItemDelimitationItem{0xFFFE, 0xE00D};
constexpr Tag kSequenceDelimitationItem{0xFFFE, 0xE0DD};
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint64_t kLongestShort = 0xFFFE;
constexpr std::uint64_t kLongest = 0xFFFFFFFE;
constexpr std::size_t kBuffer = 64 * 1024;
constexpr std::size_t kPiece = 64 * 1024;  // small enough for the processor's cache

std::uint64_t even(std::uint64_t length) { return length + (length & 1); }

// The VR that is written: one whose length has 16 bits cannot hold a longer value, which UN then
// carries (PS3.5 section 6.2.2).
VR written_vr(const Element& element, std::uint64_t length) {
  return length > kLongestShort && !has_long_length(element.vr) ? VR("UN") : element.vr;
}

std::uint64_t header_size(const Element& element, std::uint64_t length, bool explicit_vr) {
  return explicit_vr && has_long_length(written_vr(element, length)) ? 12 : 8;
}

// Lengths of sequences and items, measured once, in the order in which they will be written.
class Measure {
 public:
  explicit Measure(bool explicit_vr) : explicit_vr_(explicit_vr) {}

  std::uint64_t elements(const std::vector<Element>& elements) {
    std::uint64_t total = 0;
    for (const auto& element : elements) {
      const auto length = content(element);
      total += header_size(element, length, explicit_vr_) + length;
    }
    return total;
  }
  const std::vector<std::uint64_t>& lengths() const { return lengths_; }

 private:
  // With the delimiter, where the length is too large to be defined or must be undefined.
  std::uint64_t content(const Element& element) {
    switch (element.shape) {
      case Element::Shape::Value:
        return even(element.value.size());
      case Element::Shape::Extent:
        return even(element.extents.at(0).length);
      case Element::Shape::Encapsulated:
        return fragments(element);
      case Element::Shape::Sequence:
        return sequence(element);
    }
    return 0;
  }
  static std::uint64_t fragments(const Element& element) {
    std::uint64_t total = 8;
    for (const auto& extent : element.extents) total += 8 + even(extent.length);
    return total;
  }
  std::uint64_t sequence(const Element& element) {
    const auto slot = lengths_.size();
    lengths_.push_back(0);
    std::uint64_t total = 0;
    for (const auto& item : element.items) {
      const auto item_slot = lengths_.size();
      lengths_.push_back(0);
      const auto inside = elements(item.elements);
      lengths_[item_slot] = inside;
      total += 8 + inside + (inside > kLongest ? 8 : 0);
    }
    lengths_[slot] = total;
    return total + (total > kLongest ? 8 : 0);
  }

  bool explicit_vr_;
  std::vector<std::uint64_t> lengths_;
};

class Writer {
 public:
  Writer(const File& file, const Source& source, Sink& sink)
      : syntax_(file.syntax), source_(source), sink_(sink), measure_(file.syntax.explicit_vr) {
    measure_.elements(file.elements);
    buffer_.reserve(kBuffer * 2);
  }

  base::Status write(const std::vector<Element>& elements) {
    for (const auto& element : elements) TRY(write(element));
    return base::Done{};
  }
  base::Status flush() {
    if (!buffer_.empty()) TRY(sink_.write(buffer_));
    buffer_.clear();
    return base::Done{};
  }

 private:
  base::Status write(const Element& element);
  base::Status write_value(const Element& element);
  base::Status write_extent(const Extent& extent);
  base::Status write_fragments(const Element& element);
  base::Status write_sequence(const Element& element);
  void tag(Tag tag) {
    append_u16(buffer_, tag.group, syntax_.big_endian);
    append_u16(buffer_, tag.element, syntax_.big_endian);
  }
  void item_header(Tag item, std::uint32_t length) {
    tag(item);
    append_u32(buffer_, length, syntax_.big_endian);
  }
  void header(const Element& element, std::uint64_t length);
  std::uint64_t next_length() { return measure_.lengths()[next_++]; }

  const TransferSyntax& syntax_;
  const Source& source_;
  Sink& sink_;
  Measure measure_;
  std::size_t next_ = 0;
  base::Bytes buffer_;
};

// `length` above kLongest is written as undefined.
void Writer::header(const Element& element, std::uint64_t length) {
  const auto field = length > kLongest ? kUndefined : static_cast<std::uint32_t>(length);
  tag(element.tag);
  if (!syntax_.explicit_vr) return append_u32(buffer_, field, syntax_.big_endian);
  const auto vr = written_vr(element, length);
  buffer_.push_back(static_cast<std::uint8_t>(vr.letters[0]));
  buffer_.push_back(static_cast<std::uint8_t>(vr.letters[1]));
  if (!has_long_length(vr)) return append_u16(buffer_, field, syntax_.big_endian);
  append_u16(buffer_, 0, syntax_.big_endian);
  append_u32(buffer_, field, syntax_.big_endian);
}

base::Status Writer::write(const Element& element) {
  if (buffer_.size() >= kBuffer) TRY(flush());
  switch (element.shape) {
    case Element::Shape::Value:
      return write_value(element);
    case Element::Shape::Extent:
      header(element, even(element.extents.at(0).length));
      return write_extent(element.extents.at(0));
    case Element::Shape::Encapsulated:
      return write_fragments(element);
    case Element::Shape::Sequence:
      return write_sequence(element);
  }
  return base::Done{};
}

base::Status Writer::write_value(const Element& element) {
  header(element, even(element.value.size()));
  base::append(buffer_, element.value);
  if (element.value.size() % 2 != 0)
    buffer_.push_back(static_cast<std::uint8_t>(padding(element.vr)));
  return base::Done{};
}

base::Status Writer::write_extent(const Extent& extent) {
  TRY(flush());
  base::Bytes piece;
  for (std::uint64_t done = 0; done < extent.length; done += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, extent.length - done)));
    TRY(source_.read(extent.offset + done, piece));
    TRY(sink_.write(piece));
  }
  if (extent.length % 2 != 0) buffer_.push_back(0);
  return base::Done{};
}

base::Status Writer::write_fragments(const Element& element) {
  header(element, kUndefined);
  for (const auto& extent : element.extents) {
    item_header(kItem, static_cast<std::uint32_t>(even(extent.length)));
    if (extent.length != 0) TRY(write_extent(extent));
  }
  item_header(kSequenceDelimitationItem, 0);
  return base::Done{};
}

base::Status Writer::write_sequence(const Element& element) {
  const auto length = next_length();
  header(element, length);
  for (const auto& item : element.items) {
    const auto inside = next_length();
    item_header(kItem, inside > kLongest ? kUndefined : static_cast<std::uint32_t>(inside));
    TRY(write(item.elements));
    if (inside > kLongest) item_header(kItemDelimitationItem, 0);
  }
  if (length > kLongest) item_header(kSequenceDelimitationItem, 0);
  return base::Done{};
}

void append_meta(base::Bytes& to, std::uint16_t number, VR vr, std::string_view text) {
  text = text.substr(0, 64);  // no UID, AE title or version name is longer
  append_u16(to, 0x0002, false);
  append_u16(to, number, false);
  base::append(to, base::as_bytes({vr.letters, 2}));
  append_u16(to, static_cast<std::uint32_t>(even(text.size())), false);
  base::append(to, base::as_bytes(text));
  if (text.size() % 2 != 0) to.push_back(static_cast<std::uint8_t>(padding(vr)));
}

}  // namespace

base::Bytes file_head(const FileMeta& meta) {
  base::Bytes group = {0x02, 0x00, 0x01, 0x00, 'O', 'B', 0, 0, 2, 0, 0, 0, 0x00, 0x01};
  append_meta(group, 0x0002, "UI", meta.sop_class_uid);
  append_meta(group, 0x0003, "UI", meta.sop_instance_uid);
  append_meta(group, 0x0010, "UI", meta.transfer_syntax_uid);
  append_meta(group, 0x0012, "UI", kImplementationClassUID);
  append_meta(group, 0x0013, "SH", kImplementationVersionName);
  if (!meta.source_ae_title.empty()) append_meta(group, 0x0016, "AE", meta.source_ae_title);
  if (!meta.receiving_ae_title.empty()) append_meta(group, 0x0018, "AE", meta.receiving_ae_title);

  base::Bytes head(128, 0);
  base::append(head, base::as_bytes("DICM"));
  const std::uint8_t length[] = {0x02, 0x00, 0x00, 0x00, 'U', 'L', 4, 0};
  base::append(head, length);
  append_u32(head, static_cast<std::uint32_t>(group.size()), false);
  base::append(head, group);
  return head;
}

std::uint64_t written_size(const File& file) {
  return file_head(file.meta).size() + Measure(file.syntax.explicit_vr).elements(file.elements);
}

base::Status write_file(const File& file, const Source& source, Sink& sink) {
  TRY(sink.write(file_head(file.meta)));
  Writer writer(file, source, sink);
  TRY(writer.write(file.elements));
  return writer.flush();
}

}  // namespace dicom
