// Texts that are printed as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pmx::cli {

inline constexpr std::string_view kVersionLine = "pmx-init " PMX_VERSION "\n";
inline constexpr std::string_view kVersionJson = R"({"version":")" PMX_VERSION "\"}\n";

// One screen.
extern const std::string_view kHelp;

struct OptionRow;
// A line on one, without the first bytes of its text.
[[nodiscard]] std::string help_on_option(const OptionRow& row, std::size_t skipped = 0);
// Every option, from the table.
[[nodiscard]] std::string help_on_options();

extern const std::string_view kLicense;

// Docker looks for the words "tini version"; so does Podman.
inline constexpr std::string_view kTiniVersion = "tini version 0.19.0\n";
inline constexpr std::string_view kDumbInitVersion = "dumb-init v1.2.5\n";
inline constexpr std::string_view kCatatonitVersion = "tini version 0.1.7_catatonit\n";
extern const std::string_view kTiniHelp;
extern const std::string_view kDumbInitHelp;
extern const std::string_view kCatatonitHelp;
extern const std::string_view kPm2RuntimeHelp;

}  // namespace pmx::cli
