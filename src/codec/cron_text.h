// The five fields of a crontab, or six with seconds in front, as croner and with it pm2 reads them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/schedule.h"

namespace pmx {

// Minute, hour, day of the month, month, day of the week: "*", "5", "1-5", "*/15", "1-31/2",
// "MON,WED", "JAN", "?" for any day, "L" for the last of the month; or "@daily" and its like.
// Otherwise what is wrong, as "has no 61st minute".
[[nodiscard]] std::expected<Schedule, std::string> parse_cron(std::string_view text);

}  // namespace pmx
