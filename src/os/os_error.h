// Which system call failed, and why.
#pragma once

#include <string>
#include <string_view>

namespace pmx::os {

struct OsError {
  std::string_view call;  // a literal
  int number = 0;         // errno
  // Without tail padding: libc++ up to 17 keeps the flag of a std::expected there, and overwrites
  // it.
  int filler = 0;

  // The error that errno holds now.
  [[nodiscard]] static OsError last(std::string_view call) noexcept;
};

// "no such file or directory": the C library's words, in lower case as inside a sentence.
[[nodiscard]] std::string describe_errno(int number);

// "epoll_create1: too many open files"
[[nodiscard]] std::string describe(const OsError& error);

}  // namespace pmx::os
