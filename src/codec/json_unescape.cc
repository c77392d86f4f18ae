#include "codec/json_unescape.h"

namespace pmx {

std::string_view unescape_json(std::string_view value, std::span<char> out) noexcept {
  if (value.size() < 2 || value.front() != '"') return {};
  std::size_t size = 0;
  std::size_t whole = 0;  // up to the begin of the last character
  UnescapedBytes bytes(value.substr(1, value.size() - 2));
  while (!bytes.at_end()) {
    const unsigned char byte = bytes.next();
    if ((byte & 0xc0) != 0x80) whole = size;
    if (size == out.size()) return {out.data(), whole};
    out[size++] = static_cast<char>(byte);
  }
  return {out.data(), size};
}

}  // namespace pmx
