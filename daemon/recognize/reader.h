// Whoever reads text in pictures. What it finds is there; what it does not find may be there all
// the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace recognize {

struct Picture {
  std::uint32_t rows = 0, columns = 0;
  base::Bytes grey;  // rows x columns; 255 is the brightest
};

class Reader {
 public:
  virtual ~Reader() = default;
  // Lines of text. Reject when `most` of this thread's processor time is over: what was not looked
  // at may hold text. AskAdministrator: there is nothing to read with.
  virtual base::Result<std::vector<std::string>> read(const Picture& picture,
                                                      std::chrono::milliseconds most) = 0;
};

}  // namespace recognize
