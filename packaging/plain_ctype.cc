// Keeps tables of all scripts of the world out of the release binaries, 11 kB: of wide characters
// only regcomp(3) asks, and in the C locale, which is the only one here, it asks of ASCII.
#include <cwctype>

namespace {

constexpr bool is_between(std::wint_t c, char first, char last) noexcept {
  return c >= static_cast<std::wint_t>(first) && c <= static_cast<std::wint_t>(last);
}

}  // namespace

extern "C" {

int iswalpha(std::wint_t c) {
  return static_cast<int>(is_between(c, 'a', 'z') || is_between(c, 'A', 'Z'));
}

int iswpunct(std::wint_t c) {
  return static_cast<int>(is_between(c, '!', '~') && iswalpha(c) == 0 && !is_between(c, '0', '9'));
}

std::wint_t towlower(std::wint_t c) { return is_between(c, 'A', 'Z') ? c | 0x20U : c; }

std::wint_t towupper(std::wint_t c) { return is_between(c, 'a', 'z') ? c & ~0x20U : c; }
}
