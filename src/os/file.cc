#include "os/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os/unique_fd.h"

namespace pmx::os {

std::expected<std::string, OsError> read_file(const char* path, std::size_t limit) {
  const UniqueFd file{::open(path, O_RDONLY | O_CLOEXEC)};
  if (!file) return std::unexpected(OsError::last("open"));
  std::string text;
  std::array<char, 1'024> piece;
  for (;;) {
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size < 0) return std::unexpected(OsError::last("read"));
    if (size == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
    if (text.size() > limit) return std::unexpected(OsError{"read", EFBIG});
  }
}

bool exists(const char* path) noexcept { return ::access(path, F_OK) == 0; }

}  // namespace pmx::os
