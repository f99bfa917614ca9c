// Examining: the facts of one instance, from hostile bytes, in a confined child.
#pragma once

#include "base/result.h"
#include "dicom/stream.h"
#include "jobs/work.h"

namespace examine {

base::Result<jobs::Facts> examine(const dicom::Source& source,
                                  const std::vector<std::string>& paths);
jobs::ExamineReply run(const jobs::ExamineJob& job);
jobs::DigestReply run(const jobs::DigestJob& job);

}  // namespace examine
