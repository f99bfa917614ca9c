// Integers in the byte order of a transfer syntax.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace dicom {

inline std::uint16_t read_u16(const std::uint8_t* at, bool big_endian) {
  return static_cast<std::uint16_t>(big_endian ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

inline std::uint32_t read_u32(const std::uint8_t* at, bool big_endian) {
  const std::uint32_t first = read_u16(at, big_endian);
  const std::uint32_t second = read_u16(at + 2, big_endian);
  return big_endian ? first << 16 | second : second << 16 | first;
}

inline std::uint64_t read_u64(const std::uint8_t* at, bool big_endian) {
  const std::uint64_t first = read_u32(at, big_endian);
  const std::uint64_t second = read_u32(at + 4, big_endian);
  return big_endian ? first << 32 | second : second << 32 | first;
}

inline void append_u16(base::Bytes& to, std::uint32_t value, bool big_endian) {
  const auto low = static_cast<std::uint8_t>(value);
  const auto high = static_cast<std::uint8_t>(value >> 8);
  to.push_back(big_endian ? high : low);
  to.push_back(big_endian ? low : high);
}

inline void append_u32(base::Bytes& to, std::uint32_t value, bool big_endian) {
  append_u16(to, big_endian ? value >> 16 : value & 0xFFFF, big_endian);
  append_u16(to, big_endian ? value & 0xFFFF : value >> 16, big_endian);
}

}  // namespace dicom
