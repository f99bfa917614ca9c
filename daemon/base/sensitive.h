// Sensitive<T>: a value that identifies a patient. It has no operator<<, no conversion and no
// comparison to text; the only way out is reveal(), which is easy to find in review.
#pragma once

#include <utility>

namespace base {

template <typename T>
class Sensitive {
 public:
  Sensitive() = default;
  explicit Sensitive(T value) : value_(std::move(value)) {}
  const T& reveal() const { return value_; }
  T& reveal() { return value_; }
  friend bool operator==(const Sensitive&, const Sensitive&) = default;

 private:
  T value_{};
};

}  // namespace base
