// The records of a ZIP (APPNOTE 6.3) as a package has them: one byte string for each content, so
// that a reader that composes it again and compares has read every bit. Zip64 fields stand only
// where a number does not fit; no data descriptors, no comments, one fixed time. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace bundle {

enum class Method : std::uint16_t { Stored = 0, Deflated = 8 };

struct ZipEntry {
  std::string name;  // ASCII, '/' between the parts
  Method method = Method::Stored;
  std::uint32_t crc = 0;     // of the file
  std::uint64_t size = 0;    // of the file
  std::uint64_t stored = 0;  // bytes in the ZIP
};

inline constexpr std::size_t kLocalHeaderSize = 30;  // without name and extra field

base::Bytes local_header(const ZipEntry& entry);
base::Bytes central_record(const ZipEntry& entry, std::uint64_t header_offset);
// Of a central directory in [start, end): its end record, with the Zip64 forerunners it may need.
base::Bytes directory_end(std::uint64_t entries, std::uint64_t start, std::uint64_t end);

// The whole size of a local header, from its first kLocalHeaderSize bytes; nullopt: none.
std::optional<std::size_t> local_header_size(base::ByteView fixed);
// nullopt unless local_header() makes exactly these bytes of what is returned.
std::optional<ZipEntry> parse_local_header(base::ByteView header);

}  // namespace bundle
