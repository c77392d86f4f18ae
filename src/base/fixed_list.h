// A list that never allocates. Overflowing one is a programming error, not a runtime condition.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

namespace pmx {

template <class T, std::size_t N>
class FixedList {
 public:
  constexpr void push(const T& item) noexcept {
    assert(size_ < N);
    items_[size_++] = item;
  }

  [[nodiscard]] constexpr const T* begin() const noexcept { return items_.data(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return items_.data() + size_; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const noexcept { return items_[i]; }

  friend constexpr bool operator==(const FixedList& one, const FixedList& other) noexcept {
    return std::equal(one.begin(), one.end(), other.begin(), other.end());
  }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
};

}  // namespace pmx
