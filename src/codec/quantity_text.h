// Durations, sizes and lists of processors as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/process_settings.h"

namespace pmx {

// "500ms", "8s", "5m", "1h", or a number of milliseconds; at most a year.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text) noexcept;

// "64K", "300M", "1G" as powers of 1024 (a trailing "B" is allowed), or a number of bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

// "nofile" or "RLIMIT_NOFILE" as the kernel's number.
[[nodiscard]] std::optional<int> find_resource(std::string_view name) noexcept;

// "1024:65536", "64K" for both, "unlimited"; the soft one may be above the hard one.
[[nodiscard]] std::optional<ResourceLimit> parse_resource_limit(int resource,
                                                                std::string_view text) noexcept;

// The shortest decimal form that reads back as the same number: "0.1", "1e+20".
[[nodiscard]] std::string number_text(double number);

// "0-3,5": ascending or not, at most 1,024 processors.
[[nodiscard]] std::optional<std::vector<unsigned>> parse_processors(std::string_view text);

}  // namespace pmx
