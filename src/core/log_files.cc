#include "core/log_files.h"

#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace pmx {

std::string numbered_path(const std::string& path, unsigned id) {
  constexpr std::string_view kEnd = ".log";
  if (!path.ends_with(kEnd)) return path;
  const std::size_t end = path.size() - kEnd.size();
  std::size_t digits = end;
  while (digits > 0 && is_digit(path[digits - 1])) --digits;
  const bool has_number = digits < end && digits > 0 && path[digits - 1] == '-';
  std::string numbered = path.substr(0, has_number ? digits - 1 : end);
  return (numbered += '-').append(std::to_string(id)).append(kEnd);
}

}  // namespace pmx
