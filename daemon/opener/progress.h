// One line on a terminal that says how far we are; silent anywhere else.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace opener {

class Progress {
 public:
  Progress(bool shown, const base::Clock& clock) : shown_(shown), clock_(clock) {}
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin(std::string what, std::uint64_t total);
  void advance(std::uint64_t bytes);
  void end();

 private:
  void show();
  bool shown_;
  const base::Clock& clock_;
  std::string what_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  base::Milliseconds began_ = 0;
  base::Milliseconds last_ = 0;
};

}  // namespace opener
