// One text in the encodings that a DICOM value or a viewer's private blob may hold it in.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace identity {

// UTF-8, UTF-16 of both orders (ASCII alone: one form that both orders contain), the 8-bit sets of
// ISO 8859, ISO-2022-JP with its escape, Shift JIS, EUC-KR, GB18030; those that can hold it,
// without repeats. A multi-byte form of fewer than six bytes is left out: noise would match it.
std::vector<base::Bytes> encodings(const std::string& utf8);

}  // namespace identity
