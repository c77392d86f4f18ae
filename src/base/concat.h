// Texts joined from words and numbers: concat("app ", name, ": exit code ", code).
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace pmx {
namespace joining {

// There are hundreds of calls, so each only says where its parts are: their kinds as the digits of
// one number, the first the lowest, and one word a part.
using Kinds = std::uint64_t;
union Word {
  const void* place;  // of a text
  std::uint64_t number;
};
inline constexpr int kBitsOfKind = 4;

template <class Part>
consteval Kinds kind_of() {
  if (std::convertible_to<const Part&, const char*>) return 1;
  if (std::same_as<Part, std::string>) return 2;
  if (std::same_as<Part, std::string_view>) return 3;
  if (std::same_as<Part, char>) return 4;
  return std::signed_integral<Part> ? 5 : 6;
}
template <class... Parts>
consteval Kinds kinds_of() {
  static_assert(sizeof...(Parts) * kBitsOfKind <= sizeof(Kinds) * 8);
  Kinds kinds = 0;
  int shift = 0;
  ((kinds |= kind_of<Parts>() << shift, shift += kBitsOfKind), ...);
  return kinds;
}

inline Word word_of(const char* text) noexcept { return {.place = text}; }
inline Word word_of(const std::string& text) noexcept { return {.place = &text}; }
inline Word word_of(const std::string_view& text) noexcept { return {.place = &text}; }
template <std::integral Number>
  requires(!std::same_as<Number, bool>)
inline Word word_of(Number number) noexcept {
  return {.number = static_cast<std::uint64_t>(number)};
}

std::string concat(Kinds kinds, const Word* words);
void append(std::string& text, Kinds kinds, const Word* words);

}  // namespace joining

// All parts, one behind the other: up to 16 texts, characters and whole numbers.
template <class... Parts>
[[nodiscard, gnu::always_inline]] inline std::string concat(const Parts&... parts) {
  const joining::Word words[] = {joining::word_of(parts)...};
  return joining::concat(joining::kinds_of<Parts...>(), words);
}

// The same behind `text`, which is none of the parts.
template <class... Parts>
[[gnu::always_inline]] inline void append(std::string& text, const Parts&... parts) {
  const joining::Word words[] = {joining::word_of(parts)...};
  joining::append(text, joining::kinds_of<Parts...>(), words);
}

}  // namespace pmx
