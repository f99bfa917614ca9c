// What the targets share: an input taken apart, and the check that makes a finding.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

#define HOLDS(condition) \
  ((condition) ? static_cast<void>(0) : fuzz::fail(#condition, __FILE__, __LINE__))

namespace fuzz {

[[noreturn]] inline void fail(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  std::abort();
}

// Choices come off the front; what is missing is zero.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : rest_(bytes, size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    const auto one = take(1);
    return one.empty() ? 0 : one[0];
  }
  std::uint16_t word() { return static_cast<std::uint16_t>(byte() << 8 | byte()); }
  std::uint32_t number() { return static_cast<std::uint32_t>(word()) << 16 | word(); }
  std::size_t below(std::size_t bound) { return word() % bound; }
  base::ByteView take(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  // Up to the next `end`, which is taken off and left out.
  std::string text(char end = '\n') {
    const auto whole = base::as_text(rest_);
    const std::string taken(whole.substr(0, whole.find(end)));
    take(taken.size() + 1);
    return taken;
  }
  base::ByteView rest() { return take(rest_.size()); }

 private:
  base::ByteView rest_;
};

inline bool same(base::ByteView a, base::ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace fuzz
