// Compressed frames made by hand, of marker segments and bytes that stand for scans.
#pragma once

#include "deidentify/frames.h"
#include "deidentify/unused_bits.h"
#include "made.h"

namespace frames_made {

inline constexpr const char* kJpeg = "1.2.840.10008.1.2.4.50";
inline constexpr const char* kJpegLS = "1.2.840.10008.1.2.4.80";
inline constexpr const char* kJpeg2000 = "1.2.840.10008.1.2.4.90";
inline constexpr std::string_view kJfif("JFIF\0\1\1\0\0\1\0\1\0\0", 14);

using base::Bytes;

inline Bytes operator+(Bytes a, const Bytes& b) {
  base::append(a, b);
  return a;
}

inline Bytes segment(std::uint8_t marker, std::string_view content) {
  const auto length = content.size() + 2;
  Bytes bytes{0xFF, marker, static_cast<std::uint8_t>(length >> 8),
              static_cast<std::uint8_t>(length)};
  base::append(bytes, base::as_bytes(content));
  return bytes;
}

inline const Bytes kStart{0xFF, 0xD8};
inline const Bytes kEnd{0xFF, 0xD9};
inline const Bytes kFrame{0xFF, 0xC3, 0, 4, 8, 0};
inline const Bytes kScan{0xFF, 0xDA, 0, 2, 1, 0xFF, 0, 2, 0xFF, 0xD0, 3, 4};

inline Bytes jpeg(const Bytes& more = {}) { return kStart + more + kFrame + kScan + kEnd; }

inline constexpr const char* kRle = "1.2.840.10008.1.2.5";

// Segments one behind the other, as they are; `more` where the offsets of others would stand.
inline Bytes rle(const std::vector<Bytes>& segments, const Bytes& more = {}) {
  Bytes header{static_cast<std::uint8_t>(segments.size()), 0, 0, 0};
  std::size_t at = 64;
  for (const auto& segment : segments) {
    base::append(header, Bytes{static_cast<std::uint8_t>(at), 0, 0, 0});
    at += segment.size();
  }
  base::append(header, more);
  header.resize(64);
  for (const auto& segment : segments) base::append(header, segment);
  return header;
}

struct Made {
  dicom::File file;
  Bytes bytes;  // the source
};

// Fragments with their table, as an instance of this transfer syntax.
inline Made encapsulated(const char* syntax, const std::vector<Bytes>& fragments,
                         const Bytes& table = {}) {
  Made made{made::instance({}), {0xEE, 0xEE}};
  made.file.syntax = dicom::transfer_syntax(syntax);
  auto* pixels = dicom::find(made.file.elements, {0x7FE0, 0x0010});
  pixels->vr = "OB";
  pixels->shape = dicom::Element::Shape::Encapsulated;
  pixels->value.clear();
  const auto add = [&](const Bytes& fragment) {
    pixels->extents.push_back({made.bytes.size(), fragment.size()});
    base::append(made.bytes, fragment);
  };
  add(table);
  for (const auto& fragment : fragments) add(fragment);
  const bool alone = std::string_view(syntax) == kRle || fragments.size() < 2;
  if (!alone)
    deidentify::put(made.file.elements,
                    made::text({0x0028, 0x0008}, "IS", std::to_string(fragments.size())));
  return made;
}

struct Stripped {
  std::string reason;
  bool untouched = true;
  std::vector<Bytes> fragments;  // the table first
  std::vector<dicom::Element> elements;
  std::vector<dicom::Tag> gone;
};

inline Stripped strip(const Made& made) {
  const dicom::MemorySource source(made.bytes);
  auto work = deidentify::strip_frames(made.file, source);
  Stripped stripped;
  if (!work) {
    stripped.reason = "fault";
    return stripped;
  }
  stripped.reason = work.value().reason;
  stripped.elements = work.value().elements;
  stripped.gone = work.value().gone;
  const auto* changed = dicom::find(stripped.elements, {0x7FE0, 0x0010});
  if (!changed) return stripped;
  stripped.untouched = false;
  const dicom::Source* from = work.value().source.get();
  if (!from) from = &source;
  for (const auto& extent : changed->extents) {
    Bytes bytes(extent.length);
    if (from->read(extent.offset, bytes)) stripped.fragments.push_back(bytes);
  }
  return stripped;
}

inline Stripped strip(const char* syntax, const std::vector<Bytes>& fragments,
                      const Bytes& table = {}) {
  return strip(encapsulated(syntax, fragments, table));
}

}  // namespace frames_made
