// Small files, read whole.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

// At most `limit` bytes; a longer file is an error (EFBIG), as is a folder (EISDIR).
[[nodiscard]] std::expected<std::string, OsError> read_file(const char* path,
                                                            std::size_t limit = 1U << 20);

// What it begins with. Not of a folder, a pipe or a device.
[[nodiscard]] std::expected<std::string, OsError> read_start(const char* path);

// The beginning of any file, as much as there is room for; empty where it cannot be read.
[[nodiscard]] std::string_view read_into(std::span<char> room, const char* path) noexcept;

// In place of what is in it; a file that is not there, or cannot be written, stays as it is.
void overwrite_file(const char* path, std::string_view text) noexcept;

// One that was not there before, which everybody may read and nobody write; whole, or not at all.
[[nodiscard]] std::expected<void, OsError> write_new_file(const char* path,
                                                          std::string_view text) noexcept;

// Empty, to be appended to, for its owner alone.
[[nodiscard]] std::expected<UniqueFd, OsError> create_file(const char* path) noexcept;

[[nodiscard]] bool exists(const char* path) noexcept;

// Where the path leads from here, "." and ".." and links left as they are.
[[nodiscard]] std::string absolute_path(std::string_view path);

// The path as seen from the folder, which it is itself where the path is empty or ".".
[[nodiscard]] std::string path_from(std::string_view folder, std::string_view path);

// Where a program of that name is found, as execvp(3) would; empty when nowhere.
[[nodiscard]] std::string find_program(std::string_view name, std::string_view search_path);

}  // namespace pmx::os
