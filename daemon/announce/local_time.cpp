#include "announce/local_time.h"

#include <ctime>

namespace announce {

Moment local_moment(base::UnixSeconds at) {
  const auto seconds = static_cast<time_t>(at);
  tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return {at, 0, "UTC"};
  return {at, static_cast<int>(local.tm_gmtoff), local.tm_zone};
}

}  // namespace announce
