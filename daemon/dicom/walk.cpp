#include "dicom/walk.h"

#include "dicom/byte_order.h"
#include "dicom/vr.h"
#include "dicom/window.h"

namespace dicom {
namespace {

constexpr Tag kItem{0xFFFE, 0xE000};
constexpr Tag kItemDelimitationItem{0xFFFE, 0xE00D};
constexpr Tag kSequenceDelimitationItem{0xFFFE, 0xE0DD};
constexpr Tag kPixelData{0x7FE0, 0x0010};
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

base::Fault reject(std::string reason) { return base::reject("dicom.read", std::move(reason)); }
base::Fault reject(std::string_view reason, Tag tag) {
  return reject(std::string(reason) + " " + to_string(tag));
}

struct Header {
  Tag tag;
  VR vr;
  std::uint32_t length = 0;
  bool undefined() const { return length == kUndefined; }
};

// A sequence, or a list of elements (an item or the data set), that is being read. The pointers
// hold because a vector grows only while its own frame is the top of the stack.
struct Frame {
  std::vector<Element>* elements = nullptr;  // of an item; null in a sequence
  std::vector<Item>* items = nullptr;        // of a sequence; null in an item
  std::uint64_t end = 0;                     // where it ends, or at the latest ends
  bool delimited = false;                    // of undefined length
  bool explicit_vr = true;
  bool any = false;
  Tag last;
};

class Walk {
 public:
  Walk(const Source& source, std::uint64_t offset, const TransferSyntax& syntax,
       const Limits& limits)
      : source_(source), window_(source), position_(offset), syntax_(syntax), limits_(limits) {}

  base::Result<std::vector<Element>> run();

 private:
  base::Result<Header> read_header(const Frame& frame);
  base::Result<Header> finish_header(Header header, std::uint64_t end, bool long_form);
  base::Result<Header> read_item_header(std::uint64_t end);
  base::Status read_item(Frame& frame);
  base::Status read_element(Frame& frame);
  base::Status close_delimited(const Header& delimiter, bool sequence);
  base::Status check_order(Frame& frame, Tag tag);
  base::Status check_undefined(const Header& header);
  base::Status open_sequence(Element& element, const Header& header, const Frame& frame);
  base::Status read_fragments(Element& element, std::uint64_t end);
  base::Status read_value(Element& element, std::uint32_t length);
  base::Status count_element();
  bool is_sequence(const Header& header, const Frame& frame) const;

  const Source& source_;
  Window window_;
  std::uint64_t position_;
  const TransferSyntax& syntax_;
  const Limits& limits_;
  std::vector<Frame> stack_;
  std::uint32_t depth_ = 0;
  std::uint32_t counted_ = 0;
  std::uint64_t held_ = 0;
};

VR vr_by_dictionary(Tag tag) {
  if (tag.element == 0) return "UL";
  if (tag.is_private_creator()) return "LO";
  const auto* entry = tag.is_private() ? nullptr : find_entry(tag);
  return entry ? entry->vr : VR("UN");
}

base::Result<std::vector<Element>> Walk::run() {
  std::vector<Element> data_set;
  data_set.reserve(128);  // most top levels fit
  stack_.reserve(16);
  Frame whole;
  whole.elements = &data_set;
  whole.end = source_.size();
  whole.explicit_vr = syntax_.explicit_vr;
  if (position_ > whole.end) return reject("length past the end");
  stack_.push_back(whole);
  while (true) {
    Frame& frame = stack_.back();
    if (position_ < frame.end) {
      TRY(frame.items ? read_item(frame) : read_element(frame));
      continue;
    }
    if (frame.delimited) return reject("a sequence or item without its delimiter");
    if (frame.items) --depth_;
    stack_.pop_back();
    if (stack_.empty()) return data_set;
  }
}

// Every element, item and fragment counts: each takes memory, even if it is empty.
base::Status Walk::count_element() {
  if (++counted_ > limits_.elements) return reject("too many elements");
  return base::Done{};
}

base::Result<Header> Walk::read_item_header(std::uint64_t end) {
  if (end - position_ < 8) return reject("length past the end");
  const auto* at = TRY(window_.at(position_, 8));
  const bool big = syntax_.big_endian;
  position_ += 8;
  return Header{{read_u16(at, big), read_u16(at + 2, big)}, {}, read_u32(at + 4, big)};
}

base::Status Walk::read_item(Frame& frame) {
  const auto header = TRY(read_item_header(frame.end));
  if (header.tag == kSequenceDelimitationItem) return close_delimited(header, true);
  if (header.tag != kItem) return reject("no item where a sequence has to have one");
  TRY(count_element());
  if (!header.undefined() && header.length > frame.end - position_)
    return reject("length past the end of a sequence");
  frame.items->emplace_back();
  Frame item;
  item.elements = &frame.items->back().elements;
  item.delimited = header.undefined();
  item.end = item.delimited ? frame.end : position_ + header.length;
  item.explicit_vr = frame.explicit_vr;
  stack_.push_back(item);
  return base::Done{};
}

// A delimiter ends the frame on top of the stack, if that is of its kind and waits for one.
base::Status Walk::close_delimited(const Header& delimiter, bool sequence) {
  const Frame& frame = stack_.back();
  if (!frame.delimited || (frame.items != nullptr) != sequence) return reject("delimiter astray");
  if (delimiter.length != 0) return reject("delimiter with a length");
  if (sequence) --depth_;
  stack_.pop_back();
  return base::Done{};
}

base::Result<Header> Walk::read_header(const Frame& frame) {
  if (frame.end - position_ < 8) return reject("bytes behind the last element");
  const auto* at = TRY(window_.at(position_, 8));
  const bool big = syntax_.big_endian;
  Header header{{read_u16(at, big), read_u16(at + 2, big)}, {}, 0};
  if (header.tag.group == kItem.group || !frame.explicit_vr) {
    header.length = read_u32(at + 4, big);
    if (header.tag.group != kItem.group) header.vr = vr_by_dictionary(header.tag);
    position_ += 8;
    return header;
  }
  header.vr.letters[0] = static_cast<char>(at[4]);
  header.vr.letters[1] = static_cast<char>(at[5]);
  if (!is_well_formed(header.vr)) return reject("no VR in", header.tag);
  header.length = read_u16(at + 6, big);
  return finish_header(header, frame.end, has_long_length(header.vr));
}

base::Result<Header> Walk::finish_header(Header header, std::uint64_t end, bool long_form) {
  position_ += 8;
  if (!long_form) return header;
  if (end - position_ < 4) return reject("length past the end in", header.tag);
  header.length = read_u32(TRY(window_.at(position_, 4)), syntax_.big_endian);
  position_ += 4;
  return header;
}

// PS3.5 section 7.1: ascending, each tag once, in the data set and in every item.
base::Status Walk::check_order(Frame& frame, Tag tag) {
  if (frame.any && tag <= frame.last) return reject("tag out of order or twice:", tag);
  if (tag.group == 0x0002) return reject("File Meta Information inside the data set:", tag);
  frame.any = true;
  frame.last = tag;
  return base::Done{};
}

bool Walk::is_sequence(const Header& header, const Frame& frame) const {
  if (header.vr == VR("SQ")) return true;
  if (header.vr != VR("UN") && frame.explicit_vr) return false;
  if (header.undefined()) return true;
  // PS3.5 section 6.2.2: a sequence that passed through somebody who did not know it.
  return frame.explicit_vr && vr_by_dictionary(header.tag) == VR("SQ");
}

base::Status Walk::read_element(Frame& frame) {
  const auto header = TRY(read_header(frame));
  if (header.tag == kItemDelimitationItem) return close_delimited(header, false);
  if (header.tag.group == kItem.group) return reject("item or delimiter astray");
  TRY(check_order(frame, header.tag));
  TRY(count_element());
  if (!header.undefined()) {
    if (header.length % 2 != 0) return reject("odd length of", header.tag);
    if (header.length > frame.end - position_) return reject("length past the end in", header.tag);
  }
  auto& element = frame.elements->emplace_back();
  element.tag = header.tag;
  element.vr = header.vr;
  const bool fragments =
      header.undefined() && header.tag == kPixelData && frame.explicit_vr && header.vr != VR("SQ");
  if (fragments && !syntax_.encapsulated) return reject("fragments in native pixel data");
  if (fragments) return read_fragments(element, frame.end);
  if (is_sequence(header, frame)) return open_sequence(element, header, frame);
  if (header.undefined()) return reject("undefined length of", header.tag);
  return read_value(element, header.length);
}

base::Status Walk::open_sequence(Element& element, const Header& header, const Frame& frame) {
  if (++depth_ > limits_.depth)
    return reject("sequences nested deeper than " + std::to_string(limits_.depth));
  const bool unknown = header.vr == VR("UN") && frame.explicit_vr;
  // Inside, it is Implicit VR Little Endian whatever the file is.
  if (unknown && syntax_.big_endian) return reject("sequence in UN in big endian", header.tag);
  element.vr = "SQ";
  element.shape = Element::Shape::Sequence;
  Frame sequence;
  sequence.items = &element.items;
  sequence.delimited = header.undefined();
  sequence.end = sequence.delimited ? frame.end : position_ + header.length;
  sequence.explicit_vr = frame.explicit_vr && !unknown;
  stack_.push_back(sequence);
  return base::Done{};
}

// PS3.5 section A.4: the Basic Offset Table, the fragments, the Sequence Delimitation Item.
base::Status Walk::read_fragments(Element& element, std::uint64_t end) {
  element.shape = Element::Shape::Encapsulated;
  while (true) {
    const auto header = TRY(read_item_header(end));
    if (header.tag == kSequenceDelimitationItem) {
      if (header.length != 0) return reject("delimiter with a length");
      if (element.extents.empty()) return reject("pixel data without a Basic Offset Table");
      return base::Done{};
    }
    if (header.tag != kItem) return reject("no item where pixel data has to have one");
    TRY(count_element());
    if (header.undefined() || header.length % 2 != 0) return reject("odd length of a fragment");
    if (header.length > end - position_) return reject("length past the end of a fragment");
    element.extents.push_back({position_, header.length});
    position_ += header.length;
  }
}

base::Status Walk::read_value(Element& element, std::uint32_t length) {
  if (length > kInMemory) {
    element.shape = Element::Shape::Extent;
    element.extents.push_back({position_, length});
    position_ += length;
    return base::Done{};
  }
  held_ += length;
  if (held_ > limits_.header_bytes) return reject("too many bytes outside of pixel data");
  if (length != 0) {
    const auto* at = TRY(window_.at(position_, length));
    element.value.assign(at, at + length);
  }
  position_ += length;
  return base::Done{};
}

}  // namespace

base::Result<std::vector<Element>> read_data_set(const Source& source, std::uint64_t offset,
                                                 const TransferSyntax& syntax,
                                                 const Limits& limits) {
  if (syntax.uid == "") return reject("no transfer syntax");
  return Walk(source, offset, syntax, limits).run();
}

}  // namespace dicom
