// A careful reader of the package's ZIP (PKWARE APPNOTE 6.3, ZIP64): the central directory is what
// counts, local headers must agree with it, and nothing it says is believed unchecked.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace opener {

using ReadAt = std::function<base::Status(std::uint64_t offset, std::span<std::uint8_t> into)>;

struct ZipEntry {
  std::string name;  // relative, '/' between its parts, safe to unpack
  int method = 0;    // 0 stored, 8 deflated
  std::uint32_t crc32 = 0;
  std::uint64_t stored = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // of the entry's bytes
};

// Every entry that is a file. Reject: not a ZIP, encrypted, another method, names that repeat or
// could leave their folder, entries that overlap or contradict their local headers.
base::Result<std::vector<ZipEntry>> read_zip(const ReadAt& read, std::uint64_t size);

// The entry's bytes in consecutive pieces; the last comes only after length and CRC were right.
// A deflated entry is inflated whole: larger ones than 64 MiB are refused.
using Pieces = std::function<base::Status(base::ByteView)>;
base::Status read_entry(const ReadAt& read, const ZipEntry& entry, const Pieces& pieces);

bool safe_name(const std::string& name);

}  // namespace opener
