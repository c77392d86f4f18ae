// The time zone of the container: what TZ says, else /etc/localtime, else UTC.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace pmx::os {

// `time` is in seconds since 1970.
[[nodiscard]] LocalTime local_time(std::int64_t time) noexcept;

// The zone that TZ names and no file describes, which libc then silently takes for UTC; empty: all
// is well.
[[nodiscard]] std::string missing_zone();

}  // namespace pmx::os
