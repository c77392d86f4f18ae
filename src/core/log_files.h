// Files that an app's plain lines are appended to besides the log.
#pragma once

#include <string>

namespace pmx {

// Absolute paths; empty: nowhere.
struct LogFiles {
  std::string out;
  std::string error;
  std::string both;
  bool are_shared = true;  // by all instances; otherwise each has its own, as numbered_path() says

  [[nodiscard]] bool any() const noexcept {
    return !out.empty() || !error.empty() || !both.empty();
  }
  friend bool operator==(const LogFiles&, const LogFiles&) = default;
};

// As pm2 does: "/logs/out.log" and "/logs/out-1.log" of the instance with the id 3 are
// "/logs/out-3.log"; a path that does not end with ".log" stays.
[[nodiscard]] std::string numbered_path(const std::string& path, unsigned id);

}  // namespace pmx
