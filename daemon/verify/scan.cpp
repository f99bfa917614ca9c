#include "verify/scan.h"

#include <algorithm>
#include <memory>

#include "dicom/charset.h"
#include "dicom/read.h"
#include "dicom/vr.h"

namespace verify {
namespace {

using dicom::Element;
using CharacterSet = std::vector<std::string>;

base::Fault found_in(const char* where) {
  return base::reject("verify.scan", std::string("an identifier of the study in ") + where);
}

bool is_pixel_data(const Element& element) {
  return element.tag == dicom::Tag{0x7FE0, 0x0008} || element.tag == dicom::Tag{0x7FE0, 0x0009} ||
         element.tag == dicom::Tag{0x7FE0, 0x0010};
}

CharacterSet split(const std::string& text) {
  CharacterSet parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\\', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

base::Status scan_text(const Element& element, const CharacterSet& character_set,
                       const identity::Searcher& searcher) {
  const auto text = dicom::to_utf8(dicom::trimmed_text(element), character_set);
  if (!text)
    return base::reject("verify.scan", "text that cannot be decoded in " + to_string(element.tag));
  for (const std::string& value : split(*text))
    if (searcher.find_text(value)) return found_in("a text value");
  return base::Done{};
}

// Iterative: the nesting is what a hostile child chose.
base::Status scan_texts(const std::vector<Element>& top, const identity::Searcher& searcher) {
  struct Level {
    const std::vector<Element>* elements;
    std::shared_ptr<const CharacterSet> character_set;  // of the level above, mostly
  };
  std::vector<Level> levels{{&top, std::make_shared<CharacterSet>()}};
  while (!levels.empty()) {
    Level level = std::move(levels.back());
    levels.pop_back();
    for (const Element& element : *level.elements) {
      if (element.tag == dicom::Tag{0x0008, 0x0005})
        level.character_set = std::make_shared<CharacterSet>(split(dicom::trimmed_text(element)));
      for (const dicom::Item& item : element.items)
        levels.push_back({&item.elements, level.character_set});
      if (element.shape == Element::Shape::Value && dicom::is_text(element.vr))
        TRY(scan_text(element, *level.character_set, searcher));
    }
  }
  return base::Done{};
}

// Small pixel data is held as a value, whose place is known only when it stands last.
base::Result<PixelZone> zone_of_value(const dicom::Source& file, const Element& pixels) {
  if (pixels.value.size() > file.size()) return PixelZone{};
  const std::uint64_t begin = file.size() - pixels.value.size();
  base::Bytes last(pixels.value.size());
  TRY(file.read(begin, last));
  return last == pixels.value ? PixelZone{begin, file.size()} : PixelZone{};
}

base::Result<PixelZone> zone_of(const dicom::Source& file, const std::vector<Element>& elements) {
  const auto found = std::find_if(elements.begin(), elements.end(), is_pixel_data);
  if (found == elements.end()) return PixelZone{};
  if (found->shape == Element::Shape::Value) return zone_of_value(file, *found);
  if (found->extents.empty()) return PixelZone{};
  const dicom::Extent& last = found->extents.back();
  return PixelZone{found->extents.front().offset, last.offset + last.length};
}

}  // namespace

base::Result<PixelZone> scan_header(const dicom::Source& file, const identity::Searcher& searcher) {
  const dicom::File header = TRY(dicom::read_file(file));
  TRY(scan_texts(header.elements, searcher));
  return zone_of(file, header.elements);
}

base::Status Scan::feed(base::ByteView bytes) {
  while (!bytes.empty()) {
    if (done_ == part_end()) TRY(next_part());
    const auto taken =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), part_end() - done_));
    if (pass_.feed(bytes.first(taken))) return found_in(part_ == 1 ? "pixel data" : "a header");
    done_ += taken;
    bytes = bytes.subspan(taken);
  }
  return base::Done{};
}

base::Status Scan::finish() {
  if (pass_.finish()) return found_in(part_ == 1 ? "pixel data" : "a header");
  return base::Done{};
}

std::uint64_t Scan::part_end() const {
  if (part_ == 0 && pixels_.end != 0) return pixels_.begin;
  return part_ == 1 ? pixels_.end : size_;
}

base::Status Scan::next_part() {
  TRY(finish());
  ++part_;
  pass_ = identity::Searcher::Pass(searcher_, part_ == 1);
  return base::Done{};
}

base::Status scan_whole(const identity::Searcher& searcher, base::ByteView bytes,
                        const char* where) {
  if (searcher.find(bytes)) return found_in(where);
  return base::Done{};
}

}  // namespace verify
