#include "os/time_zone.h"

#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "os/file.h"

namespace pmx::os {

LocalTime local_time(std::int64_t time) noexcept {
  const time_t seconds = time;
  struct tm parts{};
  ::localtime_r(&seconds, &parts);
  return {parts.tm_sec,  parts.tm_min,     parts.tm_hour,
          parts.tm_mday, parts.tm_mon + 1, parts.tm_wday};
}

std::string missing_zone() {
  const char* const variable = ::getenv("TZ");
  std::string_view zone = variable == nullptr ? "" : variable;
  if (zone.starts_with(':')) zone.remove_prefix(1);
  // "CET-1CEST" and its like describe themselves (environ(7), tzset(3)).
  const bool is_path = zone.contains('/') && !zone.contains(',');
  const bool describes_itself = !is_path && std::ranges::any_of(zone, is_digit);
  if (zone.empty() || zone == "UTC" || zone == "GMT" || describes_itself) return {};
  const std::string name(zone);
  if (name.starts_with('/')) return exists(name.c_str()) ? std::string() : name;
  constexpr std::array kFolders{"/usr/share/zoneinfo/", "/share/zoneinfo/", "/etc/zoneinfo/"};
  const bool is_there = std::ranges::any_of(
      kFolders, [&](const char* folder) { return exists((folder + name).c_str()); });
  return is_there ? std::string() : name;
}

}  // namespace pmx::os
