#include "os/os_error.h"

#include <cctype>
#include <cerrno>
#include <cstring>

#include "base/concat.h"

namespace pmx::os {

OsError OsError::last(std::string_view call) noexcept { return {call, errno}; }

std::string describe_errno(int number) {
  std::string words = ::strerror(number);
  // "Invalid argument" begins a sentence; "I/O error" is a name.
  const bool is_word = words.size() > 1 && std::islower(static_cast<unsigned char>(words[1])) != 0;
  if (is_word) words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  return words;
}

std::string describe(const OsError& error) {
  return concat(error.call, ": ", describe_errno(error.number));
}

}  // namespace pmx::os
