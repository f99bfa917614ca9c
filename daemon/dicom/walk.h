// Reading a data set alone: what follows the File Meta Information, or a data set that has none.
#pragma once

#include "base/result.h"
#include "dicom/data_set.h"
#include "dicom/read.h"
#include "dicom/stream.h"

namespace dicom {

// From `offset` to the source's end. Same promises and reasons as read_file().
base::Result<std::vector<Element>> read_data_set(const Source& source, std::uint64_t offset,
                                                 const TransferSyntax& syntax,
                                                 const Limits& limits = {});

}  // namespace dicom
