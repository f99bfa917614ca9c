// Result<T>: either a T or the Fault that prevented it. [[nodiscard]] on the type, so an ignored
// Result is a compile error everywhere.
#pragma once

#include <utility>
#include <variant>

#include "base/fault.h"

namespace base {

struct Done {};  // the value of a Result that carries no value

template <typename T = Done>
class [[nodiscard]] Result {
 public:
  using Value = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Fault fault) : state_(std::in_place_index<1>, std::move(fault)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Fault& fault() const& { return std::get<1>(state_); }
  Fault&& fault() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Fault> state_;
};

using Status = Result<Done>;

}  // namespace base

// TRY(expr): the value of expr, or return its Fault from this function. One may stand in another.
#define TRY(expression) TRY_AS(TRY_JOIN(try_result_, __COUNTER__), expression)
#define TRY_AS(name, expression)                    \
  __extension__({                                   \
    auto name = (expression);                       \
    if (!name.ok()) return std::move(name).fault(); \
    std::move(name).value();                        \
  })
#define TRY_JOIN(a, b) TRY_JOIN_(a, b)
#define TRY_JOIN_(a, b) a##b
