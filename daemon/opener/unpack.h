// Writes the files of a package. Each has a temporary name until its CRC-32 and its line of the
// manifest are right and its content is synced; nothing that exists is overwritten. Files are 0600,
// folders 0700.
#pragma once

#include <map>

#include "opener/progress.h"
#include "opener/zip.h"
#include "seal/primitives.h"

namespace opener {

inline constexpr const char* kManifest = "MANIFEST.SHA256";

// The lines of sha256sum; Reject when one is anything else, or a name repeats.
base::Result<std::map<std::string, seal::Digest>> parse_manifest(std::string_view text);

struct Unpacked {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};
base::Result<Unpacked> unpack(const ReadAt& read, std::uint64_t size, int folder,
                              Progress& progress);

}  // namespace opener
