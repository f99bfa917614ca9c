// The time zone of this host (TZ, /etc/localtime), for the one place that prints a time to people.
#pragma once

#include "announce/letter.h"

namespace announce {

Moment local_moment(base::UnixSeconds at);

}  // namespace announce
