#include "codec/http_status.h"

#include <tuple>

#include "base/text.h"

namespace pmx {
namespace {

// RFC 9112, section 4. '#': a digit; '$': the end of the status, where the phrase may be missing.
constexpr std::string_view kForm = "HTTP/1.# ###$";
constexpr std::size_t kNumberAt = 9;

bool fits(char form, char byte) noexcept {
  if (form == '#') return is_digit(byte);
  if (form == '$') return byte == ' ' || byte == '\r' || byte == '\n';
  return form == byte;
}

}  // namespace

HttpStatus::State HttpStatus::take(std::string_view bytes) noexcept {
  static_assert(kForm.size() == std::tuple_size_v<decltype(head_)>);
  const auto is_whole = [this] { return size_ == kForm.size(); };
  const auto is_interim = [this] { return head_[kNumberAt] == '1'; };
  for (const char byte : bytes) {
    if (is_whole() && !is_interim()) break;
    if (is_whole()) {
      if (byte == '\n' && is_line_empty_) size_ = 0;
    } else {
      if (!fits(kForm[size_], byte)) return State::not_http;
      head_[size_++] = byte;
    }
    is_line_empty_ = byte == '\n' || (byte == '\r' && is_line_empty_);
  }
  return is_whole() && !is_interim() ? State::known : State::incomplete;
}

int HttpStatus::number() const noexcept {
  int number = 0;
  for (std::size_t i = kNumberAt; i < kNumberAt + 3; ++i) number = 10 * number + (head_[i] - '0');
  return number;
}

}  // namespace pmx
