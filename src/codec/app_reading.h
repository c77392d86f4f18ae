// Keys of an app that have a form of their own, each read into the app or refused.
#pragma once

#include <optional>
#include <string_view>

#include "codec/document.h"
#include "codec/manifest_reading.h"
#include "core/app_settings.h"

namespace pmx {

// Of the map that a hook may be.
inline constexpr std::string_view kHookKeys = "command timeout";

[[nodiscard]] std::optional<Hook> read_hook(ManifestReading& reading, const Node& node);
void read_script(ManifestReading& reading, const Node& node, AppSettings& app);
void read_command(ManifestReading& reading, const Node& node, AppSettings& app);
void read_env(ManifestReading& reading, const Node& node, AppSettings& app);
void read_filter_env(ManifestReading& reading, const Node& node, AppSettings& app);
void read_autorestart(ManifestReading& reading, const Node& node, AppSettings& app);
void read_stop_exit_codes(ManifestReading& reading, const Node& node, AppSettings& app);
void read_max_restarts(ManifestReading& reading, const Node& node, AppSettings& app);
void read_memory_ceiling(ManifestReading& reading, const Node& node, AppSettings& app);
void read_cron_restart(ManifestReading& reading, const Node& node, AppSettings& app);
void read_stop_signal(ManifestReading& reading, const Node& node, AppSettings& app);
void read_depends_on(ManifestReading& reading, const Node& node, AppSettings& app);
void read_log_file(ManifestReading& reading, const Node& node, AppSettings& app);
void read_watch(ManifestReading& reading, const Node& node, AppSettings& app);

}  // namespace pmx
