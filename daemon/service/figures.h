// What dispatch measures of itself, for `doctor` and as metrics: numbers, and local names alone.
#pragma once

#include "service/house.h"

namespace service {

struct Room {  // bytes
  std::uint64_t available = 0, total = 0, low_water = 0;
  std::uint64_t outbox_used = 0, outbox_limit = 0;
  std::uint64_t spool_used = 0;
};
base::Result<Room> measure_room(House& house);

// Notes: seconds since 1970 UTC.
inline constexpr const char *kLastUpload = "last_upload", *kLastMail = "last_mail";

}  // namespace service
