#include "codec/json_unescape.h"

#include "base/utf8.h"

namespace pmx {

std::string_view unescape_json(std::string_view value, std::span<char> out) noexcept {
  if (value.size() < 2 || value.front() != '"') return {};
  std::size_t size = 0;
  std::size_t whole = 0;  // up to the begin of the last character
  UnescapedBytes bytes(value.substr(1, value.size() - 2));
  while (!bytes.at_end()) {
    const auto byte = static_cast<char>(bytes.next());
    if (!is_continuation(byte)) whole = size;
    if (size == out.size()) return {out.data(), whole};
    out[size++] = byte;
  }
  return {out.data(), size};
}

}  // namespace pmx
