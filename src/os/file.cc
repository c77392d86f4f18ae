#include "os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "base/concat.h"
#include "base/text.h"
#include "os/unique_fd.h"

namespace pmx::os {
namespace {

bool is_file(const char* path) noexcept {
  struct stat found{};
  return ::stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

}  // namespace

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

std::expected<std::string, OsError> read_start(const char* path) {
  if (!is_file(path)) return std::unexpected(OsError{"open", ENOENT});
  const UniqueFd file{::open(path, O_RDONLY | O_CLOEXEC)};
  if (!file) return std::unexpected(OsError::last("open"));
  std::array<char, 512> piece;
  const ssize_t size = ::read(file.get(), piece.data(), piece.size());
  if (size < 0) return std::unexpected(OsError::last("read"));
  return std::string(piece.data(), static_cast<std::size_t>(size));
}

std::string_view read_into(std::span<char> room, const char* path) noexcept {
  const UniqueFd file{::open(path, O_RDONLY | O_CLOEXEC)};
  const ssize_t size = file ? ::read(file.get(), room.data(), room.size()) : -1;
  return {room.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

void overwrite_file(const char* path, std::string_view text) noexcept {
  const UniqueFd file{::open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (file) static_cast<void>(::write(file.get(), text.data(), text.size()) == 0);
}

std::expected<void, OsError> write_new_file(const char* path, std::string_view text) noexcept {
  const UniqueFd file(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444));
  if (!file) return std::unexpected(OsError::last("open"));
  const bool is_readable = ::fchmod(file.get(), 0444) == 0;  // whatever the umask
  const ssize_t size = ::write(file.get(), text.data(), text.size());
  if (is_readable && size == static_cast<ssize_t>(text.size())) return {};
  const OsError why = size < 0 ? OsError::last("write") : OsError{"write", ENOSPC};
  ::unlink(path);
  return std::unexpected(why);
}

std::expected<UniqueFd, OsError> create_file(const char* path) noexcept {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC;
  UniqueFd file(::open(path, kFlags, 0600));
  if (!file) return std::unexpected(OsError::last("open"));
  return file;
}

bool exists(const char* path) noexcept { return ::access(path, F_OK) == 0; }

std::string absolute_path(std::string_view path) {
  std::array<char, PATH_MAX> here;
  if (::getcwd(here.data(), here.size()) == nullptr) return std::string(path);
  return path_from(here.data(), path);
}

std::string path_from(std::string_view folder, std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  if (path.empty() || path == ".") return std::string(folder);
  return concat(folder == "/" ? "" : folder, "/", path);
}

std::string find_program(std::string_view name, std::string_view search_path) {
  while (!search_path.empty()) {
    const std::string_view folder = next_field(search_path, ':');  // empty: the current one
    const std::string path = concat(folder.empty() ? "." : folder, "/", name);
    if (is_file(path.c_str()) && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

}  // namespace pmx::os
