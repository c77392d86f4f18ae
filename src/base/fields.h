// The members of an aggregate, one after the other, without naming them.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace pmx {

namespace fields {

struct Anything {
  template <class T>
  constexpr operator T() const noexcept;  // NOLINT(google-explicit-constructor)
};

template <class T, std::size_t... I>
[[nodiscard]] consteval bool can_have(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), Anything{})...}; };
}

inline constexpr std::size_t kMost = 7;

template <class T, std::size_t kCount = kMost>
[[nodiscard]] consteval std::size_t count() {
  if constexpr (kCount == 0 || can_have<T>(std::make_index_sequence<kCount>{}))
    return kCount;
  else
    return count<T, kCount - 1>();
}

}  // namespace fields

// Calls `visit(member)` for each; at most seven, none of them an array of C.
template <class T, class Visit>
  requires std::is_aggregate_v<std::remove_const_t<T>>
constexpr void each_field(T& whole, Visit visit) {
  constexpr std::size_t kCount = fields::count<std::remove_const_t<T>>();
  const auto each = [&](auto&... members) { (visit(members), ...); };
  if constexpr (kCount == 1) {
    auto& [a] = whole;
    each(a);
  } else if constexpr (kCount == 2) {
    auto& [a, b] = whole;
    each(a, b);
  } else if constexpr (kCount == 3) {
    auto& [a, b, c] = whole;
    each(a, b, c);
  } else if constexpr (kCount == 4) {
    auto& [a, b, c, d] = whole;
    each(a, b, c, d);
  } else if constexpr (kCount == 5) {
    auto& [a, b, c, d, e] = whole;
    each(a, b, c, d, e);
  } else if constexpr (kCount == 6) {
    auto& [a, b, c, d, e, f] = whole;
    each(a, b, c, d, e, f);
  } else if constexpr (kCount == 7) {
    auto& [a, b, c, d, e, f, g] = whole;
    each(a, b, c, d, e, f, g);
  }
}

}  // namespace pmx
