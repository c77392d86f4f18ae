// Text composed in a fixed space, without allocating. What does not fit is cut off.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace pmx {

template <std::size_t kCapacity>
class FixedText {
 public:
  static constexpr std::size_t kSize = kCapacity;

  // Words and numbers, one behind the other.
  template <class... Parts>
  explicit FixedText(const Parts&... parts) noexcept {
    (add(parts), ...);
    bytes_[size_] = '\0';
  }

  [[nodiscard]] std::string_view text() const noexcept { return {bytes_, size_}; }
  [[nodiscard]] const char* c_str() const noexcept { return bytes_; }

 private:
  void add(std::string_view part) noexcept {
    size_ += part.copy(bytes_ + size_, kCapacity - size_);
  }
  template <std::integral Number>
  void add(Number number) noexcept {
    char digits[24];
    add(std::string_view{digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
  }

  char bytes_[kCapacity + 1];  // as far as it is used
  std::size_t size_ = 0;
};

}  // namespace pmx
