// Writing a Part 10 file: preamble of zeros, File Meta Information made from `file.meta`, data set
// in file.syntax. Extents are copied from the source they were read from, byte for byte. The same
// input gives the same bytes: sequences and items have defined lengths, unless these exceed 32
// bits.
#pragma once

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"

namespace dicom {

// Bytes that write_file will write, known beforehand.
std::uint64_t written_size(const File& file);
base::Status write_file(const File& file, const Source& source, Sink& sink);

// Only the Part 10 head (preamble, "DICM", File Meta Information): what precedes an untouched data
// set.
base::Bytes file_head(const FileMeta& meta);

}  // namespace dicom
