#include "opener/progress.h"

#include <algorithm>
#include <cstdio>

namespace opener {
namespace {

constexpr base::Milliseconds kBetween = 200;
double mega(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

void Progress::begin(std::string what, std::uint64_t total) {
  end();
  what_ = std::move(what);
  total_ = total;
  done_ = 0;
  began_ = clock_.monotonic();
  last_ = began_ - kBetween;
}

void Progress::advance(std::uint64_t bytes) {
  done_ += bytes;
  if (!shown_ || clock_.monotonic() - last_ < kBetween) return;
  last_ = clock_.monotonic();
  show();
}

void Progress::show() {
  const double seconds =
      static_cast<double>(std::max<base::Milliseconds>(1, clock_.monotonic() - began_)) / 1000;
  const double percent =
      total_ == 0 ? 100 : 100 * static_cast<double>(done_) / static_cast<double>(total_);
  std::fprintf(stderr, "\r%s: %3.0f %%  %.1f of %.1f MB  %.1f MB/s   ", what_.c_str(), percent,
               mega(done_), mega(total_), mega(done_) / seconds);
}

void Progress::end() {
  if (!shown_ || what_.empty()) return;
  show();
  std::fputc('\n', stderr);
  what_.clear();
}

}  // namespace opener
