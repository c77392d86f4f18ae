#include "cli/log_paths.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "os/file.h"

namespace pmx::cli {

LogFiles log_files_of(const AppSettings& settings, const App& app, const std::string& folder) {
  const char* const home = app.process.environment.find("HOME");
  const auto path_of = [&](const std::string& written) -> std::string {
    // What goes to stdout and stderr goes to the log.
    constexpr std::array<std::string_view, 4> kNowhereElse{"/dev/null", "NULL", "/dev/stdout",
                                                           "/dev/stderr"};
    if (written.empty() || std::ranges::find(kNowhereElse, written) != kNowhereElse.end()) {
      return {};
    }
    if (written.starts_with("~/") && home != nullptr) return home + written.substr(1);
    return os::path_from(folder, written);
  };
  LogFiles files{path_of(settings.out_file), path_of(settings.error_file),
                 path_of(settings.log_file)};
  // pm2's rule for a file that several may write.
  files.are_shared = !files.any() || settings.merge_logs.value_or(!app.is_clustered &&
                                                                  !settings.instances.has_value());
  return files;
}

}  // namespace pmx::cli
