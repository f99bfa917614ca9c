// The DICOMDIR: the basic directory of a file-set (PS3.3 Annex F), as a DICOM file whose directory
// records point at each other by their offsets in it.
#pragma once

#include "pack/file_set.h"

namespace pack {

// The same file-set and id give the same bytes. `unique`: 16 bytes that no other bundle has.
base::Result<base::Bytes> write_directory(const FileSet& files,
                                          const std::array<std::uint8_t, 16>& unique);

// A UID made of 16 bytes (PS3.5 B.2): "2.25." and the number that they are as a UUID.
std::string uid_of(std::array<std::uint8_t, 16> bytes);

}  // namespace pack
