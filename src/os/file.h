// Small files, read whole.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "os/os_error.h"

namespace pmx::os {

// At most `limit` bytes; a longer file is an error (EFBIG), as is a folder (EISDIR).
[[nodiscard]] std::expected<std::string, OsError> read_file(const char* path,
                                                            std::size_t limit = 1U << 20);

[[nodiscard]] bool exists(const char* path) noexcept;

}  // namespace pmx::os
