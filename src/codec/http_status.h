// The beginning of an HTTP/1 response, as its bytes come: is it one, and what is its status?
// Interim ones (1xx) are passed over (RFC 9110, 15.2).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace pmx {

class HttpStatus {
 public:
  enum class State : unsigned char { incomplete, not_http, known };

  // What is behind the status is passed over.
  State take(std::string_view bytes) noexcept;

  // Of three digits, once it is known.
  [[nodiscard]] int number() const noexcept;

 private:
  std::array<char, 13> head_{};  // "HTTP/1.1 200" and what separates it from its phrase
  std::size_t size_ = 0;
  bool is_line_empty_ = false;  // of the head of an interim one
};

}  // namespace pmx
