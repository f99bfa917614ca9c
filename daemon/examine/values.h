// The values of an attribute as text, for routes to compare: wherever its path leads to in a data
// set, in whatever VR and character set it stands there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dicom/data_set.h"

namespace examine {

// More than this of one path cannot be compared; the path is then not decodable.
inline constexpr std::size_t kMostValues = 4096;
inline constexpr std::size_t kMostBytes = 256 * 1024;

struct Values {
  bool present = false;
  bool decodable = true;
  std::vector<std::string> texts;  // UTF-8
};

// "ggggeeee", or "ggggeeee>ggggeeee" for an attribute in any item of a sequence (and so on,
// deeper). Text is split at backslashes, names keep their component groups; numbers are decimal, AT
// is "ggggeeee"; a sequence, or bytes, are present without a value. Of a nested path, each value is
// given once.
Values values_at(const dicom::File& file, std::string_view path);

}  // namespace examine
