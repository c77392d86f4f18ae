// Enumerations and the words people use for them, in one table beside the enum.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace pmx {

template <class Enum>
struct Named {
  std::string_view name;
  Enum value;
};

template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::optional<Enum> from_name(const std::array<Named<Enum>, N>& table,
                                                      std::string_view name) noexcept {
  for (const auto& row : table) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::string_view name_of(const std::array<Named<Enum>, N>& table,
                                                 Enum value) noexcept {
  for (const auto& row : table) {
    if (row.value == value) return row.name;
  }
  return "?";
}

}  // namespace pmx
