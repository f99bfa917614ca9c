// Time, as an argument. Wall time is for what people and peers read; everything that measures a
// duration uses monotonic time.
#pragma once

#include <cstdint>
#include <ctime>

namespace base {

using UnixSeconds = std::int64_t;  // since 1970 UTC
using Milliseconds = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixSeconds now() const { return read(CLOCK_REALTIME) / 1000; }
  virtual Milliseconds monotonic() const { return read(CLOCK_MONOTONIC); }

 private:
  static Milliseconds read(clockid_t id) {
    timespec t{};
    clock_gettime(id, &t);
    return static_cast<Milliseconds>(t.tv_sec) * 1000 + t.tv_nsec / 1'000'000;
  }
};

}  // namespace base
