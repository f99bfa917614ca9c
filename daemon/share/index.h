// The index of a package (a blob of role 2): where in the package each instance lies, so that one
// series or one image can be fetched alone (docs/share.md section 5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "share/grant.h"

namespace share {

// Where an entry of the ZIP lies in the package's content.
struct Entry {
  std::string file;          // name in the ZIP, '/' between the parts
  std::uint64_t offset = 0;  // of the entry's first stored byte (behind its local header)
  std::uint64_t stored = 0;  // bytes in the package
  std::uint64_t size = 0;    // bytes of the file
  int method = 0;            // 0 stored, 8 deflated
  Digest sha256{};           // of the file
};

struct IndexedInstance {
  std::string uid;              // SOPInstanceUID
  std::string sop_class;        // SOPClassUID
  std::string transfer_syntax;  // TransferSyntaxUID
  Entry entry;
  std::uint32_t frames = 1;
};

struct IndexedSeries {
  std::string uid;  // SeriesInstanceUID
  std::string modality;
  std::string description;  // empty: none
  std::string number;       // empty: none
  std::vector<IndexedInstance> instances;
};

struct Index {
  std::vector<IndexedSeries> series;
  std::vector<Entry> others;  // DICOMDIR, MANIFEST.SHA256, README.TXT
};
// In JSON an instance carries its entry's members beside its own. Both refuse a file name that is
// absolute or has empty, "." or ".." parts, names that repeat, and entries that overlap.
base::Result<std::string> write_index(const Index& index);
base::Result<Index> parse_index(std::string_view json);

}  // namespace share
