// Keeps the name demangler out of the release binaries: two thirds of a small static program, and
// used only to word the message of a crash, which now says "St13runtime_error".
#include <cstddef>

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" char* __cxa_demangle(const char*, char*, std::size_t*, int* status) noexcept {
  constexpr int kNotAValidName = -2;
  if (status != nullptr) *status = kNotAValidName;
  return nullptr;
}

// What looks for handlers while an exception unwinds: there are neither, nor tables to find them in
// (packaging/layout.ld), so it is never asked.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" int __gxx_personality_v0() noexcept {
  constexpr int kFatalErrorInSearch = 3;  // _URC_FATAL_PHASE1_ERROR
  return kFatalErrorInSearch;
}
