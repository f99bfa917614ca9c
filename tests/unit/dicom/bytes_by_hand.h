// Data sets written down byte by byte, right ones and wrong ones.
#pragma once

#include <string>
#include <string_view>

#include "dicom/read.h"
#include "dicom/uids.h"
#include "dicom/write.h"

namespace dicom::by_hand {

inline std::string u16(unsigned value) {
  return {static_cast<char>(value), static_cast<char>(value >> 8)};
}
inline std::string u32(std::uint64_t value) {
  return u16(static_cast<unsigned>(value & 0xFFFF)) +
         u16(static_cast<unsigned>(value >> 16 & 0xFFFF));
}
inline std::string tag(unsigned group, unsigned element) { return u16(group) + u16(element); }

inline constexpr std::uint64_t kUndefined = 0xFFFFFFFF;

// Explicit VR Little Endian with a 16-bit length.
inline std::string brief(unsigned group, unsigned element, std::string_view vr,
                         std::string_view value) {
  return tag(group, element) + std::string(vr) + u16(static_cast<unsigned>(value.size())) +
         std::string(value);
}
// ... with a 32-bit length; `length` may be a lie.
inline std::string wide(unsigned group, unsigned element, std::string_view vr,
                        std::string_view value, std::uint64_t length) {
  return tag(group, element) + std::string(vr) + u16(0) + u32(length) + std::string(value);
}
inline std::string wide(unsigned group, unsigned element, std::string_view vr,
                        std::string_view value) {
  return wide(group, element, vr, value, value.size());
}
inline std::string implicit(unsigned group, unsigned element, std::string_view value,
                            std::uint64_t length) {
  return tag(group, element) + u32(length) + std::string(value);
}
inline std::string implicit(unsigned group, unsigned element, std::string_view value) {
  return implicit(group, element, value, value.size());
}
inline std::string item(std::string_view content) { return implicit(0xFFFE, 0xE000, content); }
inline std::string open_item(std::string_view content) {
  return implicit(0xFFFE, 0xE000, content, kUndefined) + implicit(0xFFFE, 0xE00D, "");
}
inline const std::string kSequenceEnd = implicit(0xFFFE, 0xE0DD, "");

inline std::string part10(std::string_view data_set,
                          std::string_view syntax = kExplicitVRLittleEndian) {
  FileMeta meta{"1.2.840.10008.5.1.4.1.1.7", "1.2.3", std::string(syntax), "", ""};
  return std::string(base::as_text(file_head(meta))) + std::string(data_set);
}

inline base::Result<File> read(const std::string& bytes, const Limits& limits = {}) {
  return read_file(MemorySource(base::as_bytes(bytes)), limits);
}
// "" when it is accepted.
inline std::string reason(const std::string& bytes, const Limits& limits = {}) {
  const auto file = read(bytes, limits);
  return file.ok() ? "" : file.fault().what;
}
inline std::string written(const File& file, const std::string& source) {
  MemorySink sink;
  if (!write_file(file, MemorySource(base::as_bytes(source)), sink).ok()) return "";
  return std::string(base::as_text(sink.bytes()));
}

}  // namespace dicom::by_hand
