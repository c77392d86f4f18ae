// Keeps the name demangler out of the release binaries: two thirds of a small static program, and
// used only to word the message of a crash, which now says "St13runtime_error".
#include <cstddef>

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" char* __cxa_demangle(const char*, char*, std::size_t*, int* status) noexcept {
  constexpr int kNotAValidName = -2;
  if (status != nullptr) *status = kNotAValidName;
  return nullptr;
}
