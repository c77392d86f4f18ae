// What no single key can show: names that are there twice, apps that wait for each other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/manifest_settings.h"
#include "core/problem.h"

namespace pmx {

// All problems, in the order of the apps, but for those that only follow from what could not be
// read. Every app must have its name already, if it is known.
[[nodiscard]] Problems validate(const ManifestSettings& manifest);

// The app of this name, as an index; the number of apps where there is none.
[[nodiscard]] std::size_t index_of(const ManifestSettings& manifest,
                                   std::string_view name) noexcept;

// It is ready when it says so over its channel.
[[nodiscard]] bool waits_for_message(const AppSettings& app) noexcept;

// A problem of one key of an app, where that key is written, else where the app is.
[[nodiscard]] Problem problem_of_key(const AppSettings& app, std::string_view key,
                                     std::string_view value, std::string_view rule,
                                     std::string_view suggestion);

// What it says under this key is not known.
[[nodiscard]] bool is_unread(const AppSettings& app, std::string_view key) noexcept;

// Some app depends on its completion.
[[nodiscard]] bool is_awaited_as_completed(const ManifestSettings& manifest,
                                           std::string_view name) noexcept;

}  // namespace pmx
